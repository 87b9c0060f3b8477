-- backup.sql - what ops/backup asks and writes: snapshots, counts, and the list of backups.

-- name: backup_snapshot :one
-- For pg_dump and for the pages of rows; as long as this transaction lasts. With the server's version.
select pg_export_snapshot(), current_setting('server_version_num')::bigint / 10000

-- name: backup_counts :many
select 'accounts', count(*) from accounts union all select 'tickets', count(*) from tickets
union all select 'ticket_comments', count(*) from ticket_comments union all select 'ticket_history', count(*) from ticket_history
union all select 'files', count(*) from files union all select 'audit_log', count(*) from audit_log
union all select 'mails', count(*) from mails union all select 'inbound_mails', count(*) from inbound_mails
union all select 'notifications', count(*) from notifications union all select 'outbox', count(*) from outbox

-- name: backup_begin :exec
-- $1 its id, $2 where. One that was asked for is there already. The list has a bound: what is older than the last thousand goes.
with old as (
	delete from backups where id in (select id from backups order by started_at desc offset 999)
)
insert into backups (id, folder) values ($1::uuid, $2)
on conflict (id) do update set folder = excluded.folder, outcome = 'running', started_at = now()

-- name: backup_wanted :one
-- What was asked for and nobody has taken. Only for who holds the lock, which is the session's: so what was asked for and still runs
-- has lost its program. No row: nothing is wanted, or another program takes it.
with held as materialized (
	select pg_try_advisory_lock(hashtextextended('backup_wanted', 0)) as is_ours
), lost as (
	update backups set outcome = 'failed', ended_at = now(), said = 'the program that took it was ended'
	where outcome = 'running' and by_whom is not null and (select is_ours from held)
)
select id from backups where outcome = 'wanted' and (select is_ours from held)

-- name: backup_end :exec
update backups set ended_at = now(), outcome = $2, bytes = $3::bigint, objects = $4::bigint, said = $5 where id = $1::uuid

-- name: backup_tables :one
-- Tables, and who of the programs is connected.
select (select count(*) from pg_tables where schemaname = 'public'),
	(select string_agg(distinct substr(usename, 9), ', ') from pg_stat_activity
		where datname = current_database() and starts_with(usename, 'guichet_') and usename <> 'guichet_ctl')

-- name: backup_forget_running :exec
-- Of a restored list: what ran, or was wanted, when the backup was taken is so no more.
update backups set outcome = 'failed', ended_at = now(), said = 'its end is not known: the database comes from a backup that was taken before' where ended_at is null

-- name: backups :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	coalesce((select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('id', b.id, 'startedAt', b.started_at, 'endedAt', b.ended_at, 'folder', nullif(b.folder, ''),
		'bytes', b.bytes, 'objects', b.objects, 'outcome', b.outcome, 'said', nullif(b.said, ''), 'by', by.email)) order by b.started_at desc)
		from (select * from backups order by started_at desc limit 100) b left join accounts by on by.id = b.by_whom), '[]')::text, null::text
from actor_of($1::uuid) a
