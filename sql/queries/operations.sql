-- operations.sql - what programs say of themselves, and what operators want of them.

-- name: instance_seen :one
select instance_seen($1, $2::uuid, $3::jsonb, $4::jsonb)::text

-- name: instance_gone :exec
select instance_gone($1::uuid)

-- name: operator_pause :one
select operator_pause($1::uuid, $2::uuid, $3, $4, $5::timestamptz, $6, $7, $8)

-- name: operator_log_level :one
select operator_log_level($1::uuid, $2::uuid, $3, $4, $5::timestamptz, $6::text[], $7, $8, $9)

-- name: operator_backup :one
select operator_backup($1::uuid, $2::uuid, $3::uuid, $4, $5, $6)

-- name: operator_cache :one
select operator_cache($1::uuid, $2::uuid, $3, $4, $5, $6)

-- name: operator_may :one
select case when operator_may($1::uuid) then 'ok' else 'forbidden' end

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

-- name: ctl_queue_facts :one
-- What the broker does not know of queues, each an object by name: held (messages given to programs that were heard of, the age of the oldest),
-- due (of work whose message only wakes: rows that are due, and for how long; those that wait to be tried again do not count), dead
-- letters that are open, what rests, and who is silent.
with held as (
	select q ->> 'name' as name, sum((q ->> 'inHand')::bigint) as n, max(extract(epoch from now() - (q ->> 'headAt')::timestamptz)) as age
	from program_instances i, jsonb_array_elements(i.facts -> 'queues') q
	where i.seen_at > now() - interval '10 seconds' group by 1
), due as (
	select 'work.mail.' || (array['high', 'normal', 'low'])[priority] as name, count(*) as n, extract(epoch from now() - min(next_attempt_at)) as age
	from mails where state = 'queued' and next_attempt_at <= now() group by priority
	union all
	select 'work.scan', count(*), extract(epoch from now() - min(next_scan_at)) from files where scan_state = 'pending' and next_scan_at <= now()
	union all
	select 'work.intake', count(*), extract(epoch from now() - min(next_attempt_at)) from inbound_mails
	where (outcome is null or reread) and next_attempt_at <= now()
)
select jsonb_build_object(
	'held', (select coalesce(jsonb_object_agg(name, jsonb_build_object('count', n, 'ageSeconds', age)), '{}') from held),
	'due', (select coalesce(jsonb_object_agg(name, jsonb_build_object('count', n, 'ageSeconds', age)), '{}') from due where n > 0),
	'dead', (select coalesce(jsonb_object_agg(queue, n), '{}') from (select queue, count(*) as n from dead_letters where state = 'open' group by 1) d),
	'paused', (select coalesce(jsonb_object_agg(target, why), '{}') from operator_pauses where until is null or until > now()),
	'silent', (select coalesce(jsonb_agg(distinct program), '[]') from program_instances where seen_at < now() - interval '10 seconds'))::text

-- name: ctl_probe :one
select facts ->> 'probe' from program_instances
where program = replace($1, '-', '_') and host = $2 and seen_at > now() - interval '10 seconds' and coalesce(facts ->> 'probe', '') <> ''
order by started_at desc limit 1

-- name: config_shown :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then config_json($3::jsonb ->> 'program') end::text, null::text
from actor_of($1::uuid) a

-- name: schema_shown :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then schema_json() end::text, null::text
from actor_of($1::uuid) a

-- name: ctl_config :one
select config_json($1)::text

-- name: ctl_drain :one
-- Each program of $1 that does not rest yet is let rest, with an event of its own.
select count(*) from unnest($1::text[]) with ordinality as wanted(name, n),
	lateral operator_pause(null, id_beside($2::uuid, n), name, $3, null, null, null, null)
where not exists (select from operator_pauses p where p.target = name and (p.until is null or p.until > now()))

-- name: ctl_resume_all :one
select count(*) from (select target, row_number() over (order by target) as n from operator_pauses) p,
	lateral operator_pause(null, id_beside($1::uuid, p.n), p.target, null, null, null, null, null) as said
where said = 'ok'

-- name: ctl_drained :many
-- How far the processes of these programs have come with resting: whether each does, and what it has in hand, messages or rows it has
-- begun. One that is silent for half a minute holds nothing any more: the broker has given its messages to others.
select i.program, i.host, i.pid, coalesce(i.facts #>> '{health,dependencies,operator,status}' <> 'healthy', false)
		and i.seen_at > (select p.since from operator_pauses p where p.target = i.program),
	coalesce((select sum((q ->> 'inHand')::bigint) from jsonb_array_elements(i.facts -> 'queues') q), 0)
		+ case i.program when 'mail' then (select count(*) from mails where state = 'sending')
			when 'webhook' then (select count(*) from webhook_deliveries where state = 'sending') + (select count(*) from push_deliveries where state = 'sending')
			else 0 end
from program_instances i
where i.program = any ($1::text[]) and i.seen_at > clock_timestamp() - interval '30 seconds'
order by i.program, i.started_at
