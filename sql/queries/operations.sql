-- operations.sql - what programs say of themselves, and what operators want of them.

-- name: instance_seen :one
select instance_seen($1, $2::uuid, $3::jsonb, $4::jsonb)::text

-- name: instance_gone :exec
select instance_gone($1::uuid)

-- name: operator_pause :one
select operator_pause($1::uuid, $2::uuid, $3, $4, $5::timestamptz, $6, $7, $8)

-- name: operator_log_level :one
select operator_log_level($1::uuid, $2::uuid, $3, $4, $5::timestamptz, $6::text[], $7, $8, $9)

-- name: pauses :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('target', p.target, 'why', p.why, 'since', p.since, 'until', p.until,
		'by', by.email)) order by p.since, p.target)
		from operator_pauses p left join accounts by on by.id = p.by_whom where p.until is null or p.until > now()), '[]')::text, null::text
from actor_of($1::uuid) a

-- name: ctl_pauses :many
select p.target, p.why, to_char(p.since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	to_char(p.until at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), coalesce(by.email, 'guichetctl')
from operator_pauses p left join accounts by on by.id = p.by_whom where p.until is null or p.until > now()
order by p.since, p.target

-- name: ctl_instances :many
-- A program that was not heard of for ten seconds is dead, frozen, or without a database.
select program, host, pid, version, to_char(started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	extract(epoch from now() - seen_at)::bigint, facts -> 'health' ->> 'status', facts -> 'lastError' ->> 'msg',
	(select sum((q ->> 'inHand')::bigint) from jsonb_array_elements(facts -> 'queues') q),
	(select max(extract(epoch from now() - (q ->> 'headAt')::timestamptz))::bigint from jsonb_array_elements(facts -> 'queues') q),
	instance
from program_instances order by program, started_at
