-- trace.sql - the story of one request, command, ticket or mail.

-- name: trace :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when t.data is null then 'missing' else 'ok' end,
	null::bigint, a.role, t.data::text, null::text
from actor_of($1::uuid) a left join lateral trace_json($3::jsonb ->> 'id') t(data) on a.active and a.bits & $2::integer <> 0

-- name: ctl_trace :one
select trace_json($1)::text
