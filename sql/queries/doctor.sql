-- doctor.sql - what ops/doctor asks the database, to find out what is wrong with an installation.

-- name: doctor_server :one
-- What kind of server it is, whether it takes writes and why not, its connections, and its clock in microseconds.
select current_setting('server_version'), current_setting('server_version_num')::bigint, pg_is_in_recovery(),
	current_setting('transaction_read_only')::boolean, current_setting('default_transaction_read_only')::boolean,
	current_setting('max_connections')::bigint, (select count(*) from pg_stat_activity where backend_type = 'client backend'),
	(select usename || ' has ' || count(*) from pg_stat_activity where backend_type = 'client backend' group by usename order by count(*) desc limit 1),
	(extract(epoch from clock_timestamp()) * 1000000)::bigint

-- name: doctor_oldest :one
-- The transaction that has been open for longest, as far as this role may see.
select extract(epoch from now() - xact_start)::bigint, pid, usename, coalesce(application_name, ''), state
from pg_stat_activity
where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and xact_start is not null
order by xact_start limit 1

-- name: doctor_roles :one
-- Of the programs $1 those whose role is missing, or may not even say that it runs.
select string_agg(name, ', ' order by name) from unnest($1::text[]) name left join pg_roles r on r.rolname = 'guichet_' || name
where r.rolname is null or not r.rolcanlogin
	or not has_function_privilege(r.oid, 'instance_seen(text, uuid, jsonb, jsonb)', 'execute')

-- name: doctor_instances :many
-- Each process of the last day, the newest of each program first: program, host, pid, version, when it started (seconds since
-- 1970), since when it is silent, when that was, and how far its clock is ahead of the database's in milliseconds.
select program, host, pid, version, extract(epoch from started_at)::bigint, extract(epoch from now() - seen_at)::bigint,
	to_char(seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
	coalesce((extract(epoch from (facts -> 'health' ->> 'timestamp')::timestamptz - seen_at) * 1000)::bigint, 0)
from program_instances order by program, seen_at desc

-- name: doctor_troubles :many
-- What living processes say is wrong with them: the part, the reason, who says so, since when, and whether they do not go on.
-- What began just now may be over as soon: nobody is told of it.
select d.key, d.value ->> 'reason', string_agg(distinct i.program, ', ' order by i.program),
	extract(epoch from now() - min((d.value ->> 'since')::timestamptz))::bigint, bool_or(d.value ->> 'status' = 'unhealthy')
from program_instances i cross join lateral jsonb_each(coalesce(i.facts -> 'health' -> 'dependencies', '{}')) d
where i.seen_at > now() - interval '10 seconds' and d.value ->> 'status' <> 'healthy' and d.key not in ('operator', 'process')
group by 1, 2 having min((d.value ->> 'since')::timestamptz) < now() - interval '3 seconds' order by 1, 2

-- name: doctor_dead :many
-- Open dead letters by type and reason: how many, the age of the oldest, and one of them.
select type, queue, reason, count(*), extract(epoch from now() - min(died_at))::bigint, (array_agg(id order by died_at desc))[1]
from (select * from dead_letters where state = 'open' order by died_at desc limit 10000) d
group by type, queue, reason order by count(*) desc, type limit 10

-- name: doctor_servers_down :many
-- Servers that programs speak to and that do not do their part, with their last words.
select name, extract(epoch from now() - since)::bigint, coalesce(said, '') from dependencies where not is_up order by name limit 20

-- name: doctor_mail :one
-- Overdue by five minutes, given up since yesterday, and the latest answer of a server to one of these.
select count(*) filter (where state in ('queued', 'sending') and next_attempt_at < now() - interval '5 minutes'),
	count(*) filter (where state in ('queued', 'sending')),
	count(*) filter (where state = 'failed' and created_at > now() - interval '1 day'),
	coalesce((select last_reply from mails where state = 'failed' and created_at > now() - interval '1 day' order by tried_at desc nulls last limit 1), '')
from mails where state in ('queued', 'sending', 'failed')

-- name: doctor_backup :one
-- Of the last that ended: whether it is good, what it said, how old it is; and the age of the last good one. No row: there is none.
select outcome = 'done', said, extract(epoch from now() - started_at)::bigint,
	(select extract(epoch from now() - max(started_at))::bigint from backups where outcome = 'done')
from backups where ended_at is not null order by started_at desc limit 1

-- name: doctor_backup_wanted :one
-- How long the one that was asked for waits to be taken. No row: there is none.
select extract(epoch from now() - started_at)::bigint from backups where outcome = 'wanted'

-- name: doctor_mailboxes :many
-- Mailboxes that nothing was fetched from for half an hour.
select account, extract(epoch from now() - polled_at)::bigint from imap_cursors where polled_at between now() - interval '30 days' and now() - interval '30 minutes'
order by account limit 20
