-- lane.sql - what every lane worker does around its commands: fence, inbox, suspects, dead letters.

-- name: lane_lock :exec
-- One worker at a time writes a lane, whatever the broker believes: $1 is an ascending list of lane numbers.
select pg_advisory_xact_lock(hashtext('guichet.' || $2), lane) from unnest($1::integer[]) as lane order by lane

-- name: lane_clock :one
select (extract(epoch from now()) * 1000000)::bigint, extract(year from now() at time zone 'utc')::integer

-- name: account_load :many
select a.id, a.email, a.role, a.active, coalesce(nullif(btrim(a.first_name || ' ' || a.last_name), ''), a.email)
from unnest($1::uuid[]) as wanted(id) join accounts a using (id)

-- name: inbox_load :many
-- $1: the days of those ids ($2) that have one; $3: ids without.
select i.command_id, i.state, i.status, i.code, i.subject_id, i.version, encode(i.fp, 'hex'), i.problem
from unnest($1::date[]) as wanted(day) cross join lateral inbox_of_day(wanted.day, $2::uuid[]) i
union all
select i.command_id, i.state, i.status, i.code, i.subject_id, i.version, encode(i.fp, 'hex'), i.problem
from unnest($3::uuid[]) as wanted(id) join inbox_keyed i on i.command_id = wanted.id

-- name: inbox_store :one
-- Only a dead row may be written again (a replay); anything else that is there already
-- is a race with another worker, and the batch starts again from load.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as r(day date, command_id uuid, state text, type text, status integer,
		code text, subject_id uuid, version integer, actor_id uuid, fp text, problem jsonb)
), dated as (
	insert into inbox (day, command_id, state, type, status, code, subject_id, version, actor_id, fp, problem)
	select day, command_id, state, type, status, code, subject_id, version, actor_id, decode(fp, 'hex'), problem
	from rows where day is not null
	on conflict (day, command_id) do update set state = excluded.state, status = excluded.status, code = excluded.code,
		subject_id = excluded.subject_id, version = excluded.version, problem = excluded.problem, fp = excluded.fp,
		finished_at = now()
	where inbox.state = 'dead'
	returning 1
), keyed as (
	insert into inbox_keyed (command_id, state, type, status, code, subject_id, version, actor_id, fp, problem)
	select command_id, state, type, status, code, subject_id, version, actor_id, decode(fp, 'hex'), problem
	from rows where day is null
	on conflict (command_id) do update set state = excluded.state, status = excluded.status, code = excluded.code,
		subject_id = excluded.subject_id, version = excluded.version, problem = excluded.problem, fp = excluded.fp,
		finished_at = now()
	where inbox_keyed.state = 'dead'
	returning 1
)
select expect_rows('inbox', $2::bigint, (select count(*) from dated) + (select count(*) from keyed))

-- name: suspect_start :one
insert into suspects (command_id, starts) values ($1, 1)
on conflict (command_id) do update set starts = suspects.starts + 1, started_at = now()
returning starts

-- name: suspect_acquit :exec
update suspects set starts = greatest(starts - 1, 0) where command_id = $1

-- name: suspect_clear :exec
delete from suspects where command_id = $1

-- name: dead_letter_store :exec
-- The id follows from the message: one that dies again after a replay is the same letter, open again. A message knows how often it
-- was replayed, so that a death told twice, because its first telling was not acknowledged, opens nothing that was settled meanwhile.
insert into dead_letters (id, queue, type, reason, command_id, exchange, routing_key, headers, body, replays)
select id, queue, type, reason, command_id, exchange, routing_key, headers, body, coalesce((headers ->> 'replays')::integer, 0)
from jsonb_to_recordset($1::jsonb) as d(id uuid, queue text, type text, reason text, command_id uuid, exchange text,
	routing_key text, headers jsonb, body text)
on conflict (id) do update set state = 'open', died_at = now(), reason = excluded.reason
where dead_letters.state = 'replayed' and excluded.replays >= dead_letters.replays

-- name: outbox_store :exec
insert into outbox (exchange, routing_key, type, headers, body)
select exchange, routing_key, type, headers, body
from rows from (jsonb_to_recordset($1::jsonb)
	as (exchange text, routing_key text, type text, headers jsonb, body text)) with ordinality
	as o(exchange, routing_key, type, headers, body, place)
order by place

-- name: schema_version :one
select schema_version()
