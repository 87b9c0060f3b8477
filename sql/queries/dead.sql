-- dead.sql - what nobody could apply: looking at it, and what operators do about it, by the API and by guichetctl.

-- name: dead_letters :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	p.data::text, p.pagination::text
from actor_of($1::uuid) a left join lateral dead_page($3::jsonb) p on a.active and a.bits & $2::integer <> 0

-- name: dead_letter_groups :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then dead_groups($3::jsonb) end::text, null::text
from actor_of($1::uuid) a

-- name: dead_letter_read :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when w.data is null then 'missing' else 'ok' end,
	null::bigint, a.role, w.data::text, null::text
from actor_of($1::uuid) a left join lateral dead_whole(($3::jsonb ->> 'letterId')::uuid) w(data) on a.active and a.bits & $2::integer <> 0

-- name: dead_replay :one
select * from dead_replay($1::uuid, $2::uuid, $3::jsonb, $4::jsonb, $5::bigint, $6::boolean, $7::boolean, $8, $9, $10)

-- name: dead_discard :one
select * from dead_discard($1::uuid, $2::uuid, $3::jsonb, $4, $5::bigint, $6::boolean, $7, $8, $9)

-- name: dead_edit :one
select * from dead_edit($1::uuid, $2::uuid, $3::uuid, $4, $5, $6, $7::jsonb, $8, $9, $10)

-- name: ctl_dead_page :one
select data::text, pagination::text from dead_page($1::jsonb)

-- name: ctl_dead_groups :one
select dead_groups($1::jsonb)::text

-- name: ctl_dead_whole :one
select dead_whole($1::uuid)::text
