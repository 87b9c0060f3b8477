-- ctl.sql - what guichetctl reads and changes. A change and the event that tells of it are one statement.

-- name: ctl_user_add :one
-- No row when the address is taken.
with account as (
	insert into accounts (id, email, role, first_name, last_name, language)
	values ($1::uuid, lower($2), $3, $4, $5, $6)
	on conflict (email) do nothing
	returning id, email, role
), credential as (
	insert into credentials (account_id, password_hash) select id, $7 from account
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from account, outbox_event('user.registered', $8, null, null, null, null, 'accountId', id,
		jsonb_build_object('email', email, 'role', role)) e
)
select id, email from account

-- name: ctl_user_find :one
select id, role from accounts where email = lower($1)

-- name: ctl_user_role :one
-- The account, its role before, and whether that changed. What was signed in with the old role ends
-- (account_epoch_moves).
with target as (
	select id, role from accounts where email = lower($1) and deleted_at is null for update
), changed as (
	update accounts a set role = $2, version = a.version + 1, updated_at = now()
	from target t where a.id = t.id and a.role <> $2
	returning a.id, t.role as old_role, a.role
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from changed, outbox_event('user.role_changed', $3, null, null, null, null, 'accountId', id,
		jsonb_build_object('oldRole', old_role, 'newRole', role)) e
)
select id, role, exists (select from changed) from target

-- name: ctl_user_active :one
-- The account, whether that changed, and how many sessions have ended. $2 says whether it may sign in, $3 is the event's
-- type.
with target as (
	select id, active from accounts where email = lower($1) and deleted_at is null for update
), changed as (
	update accounts a set active = $2::boolean, version = a.version + 1, updated_at = now()
	from target t where a.id = t.id and a.active <> $2::boolean
	returning a.id
), ended as (
	update sessions s set revoked_at = now() from changed c where s.account_id = c.id and s.revoked_at is null
	returning 1
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from changed, outbox_event($3, $4, null, null, null, null, 'accountId', id, '{}') e
)
select id, exists (select from changed), (select count(*) from ended) from target

-- name: ctl_user_passwd :one
-- Every session of the account ends with its old password.
with account as (
	update accounts set epoch = epoch + 1, updated_at = now() where email = lower($1) returning id
), changed as (
	update credentials c set password_hash = $2, changed_at = now() from account a where c.account_id = a.id returning 1
), added as (
	insert into credentials (account_id, password_hash) select id, $2 from account where not exists (select from changed)
), ended as (
	update sessions s set revoked_at = now() from account a where s.account_id = a.id and s.revoked_at is null
	returning 1
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from account, outbox_event('user.password_changed', $3, null, null, null, null, 'accountId', id, '{}') e
)
select id, (select count(*) from ended) from account

-- name: ctl_user_list :many
select id, email, role, active, first_name, last_name, language, to_json(created_at) #>> '{}', to_json(last_login_at) #>> '{}'
from accounts
where ($1::text is null or role = $1)
order by email
limit $2::bigint

-- name: ctl_now :one
select to_json(now()) #>> '{}'

-- name: ctl_outbox_status :one
-- The cursor, its age in seconds, whether it is of another cluster or from the future (as after a logical restore), and
-- how many rows wait behind it, counted to 100,000. The oldest's age is read from its message id (UUIDv7), when that has one.
with waiting as materialized (
	select o.headers ->> 'message_id' as id
	from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)
	order by o.xid, o.id
	limit 100000
), oldest as (
	select min(case when substr(id, 15, 1) = '7'
		then to_timestamp(('x' || translate(left(id, 13), '-', ''))::bit(48)::bigint / 1000.0) end) as at
	from (select id from waiting limit 1000) as first
)
select c.xid::text, c.id, extract(epoch from now() - c.moved_at)::bigint,
	c.cluster <> this_cluster() or c.xid >= pg_snapshot_xmax(pg_current_snapshot()),
	(select count(*) from waiting), extract(epoch from now() - (select at from oldest))::bigint
from relay_cursor c

-- name: ctl_outbox_rebase :exec
-- No parameters: it may take minutes, so it runs as a script; see sql/functions/outbox_rebase.sql.
select outbox_rebase()

-- name: ctl_partitions :one
-- How many days from today on have partitions of their own, and whether rows lie in a default partition.
select partitions_end(), partitions_end() - today(), exists (select from inbox_default) or exists (select from outbox_default)
	or exists (select from event_inbox_default)

-- name: ctl_audit_segment :one
-- The last that was pruned.
select last_seq, encode(last_hash, 'hex') from audit_segments order by last_seq desc limit 1

-- name: ctl_audit_prune :one
select seq, hash, entries from audit_prune($1::timestamptz, $2::uuid)

-- name: ctl_audit_told :one
-- Whether the trail has that event.
select exists (select from audit_log where event_id = $1::uuid)

-- name: ctl_audit_prune_slice :one
select audit_prune_slice(5000)

-- name: ctl_audit_erase_slice :one
select erased, last from audit_erase_slice($1::uuid, $2::bigint, 5000)

-- name: ctl_audit_erased :exec
insert into outbox (exchange, routing_key, type, headers, body)
select e.* from outbox_event('audit.erased', $1::uuid, null, null, null, null, 'commandId', null,
	jsonb_build_object('userId', $2::uuid, 'count', $3::bigint)) e
where $2::uuid is not null

-- name: ctl_quarantine :many
select id, name, size, mime_type, scan_state, scan_note, scan_engine, to_char(scanned_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
	uploaded_by, ticket_id
from files where place = 'quarantine' and expired_at is null order by scanned_at desc limit $1::bigint

-- name: ctl_file_release :many
-- All files of the same content: the scan worker brings them back without another look.
with content as (
	select sha256 from files where id = $1::uuid and place = 'quarantine' and expired_at is null
), changed as (
	update files f set scan_state = 'pending', scan_engine = 'released', scan_note = null, next_scan_at = now()
	from content c where f.sha256 = c.sha256 and f.place = 'quarantine' and f.expired_at is null
	returning f.id, f.name
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from changed c, outbox_event('file.released', $2, null, null, null, null, 'fileId', c.id,
		jsonb_build_object('name', c.name, 'files', (select count(*) from changed))) e
	where c.id = $1::uuid
)
select id, name from changed

-- name: ctl_file_remove :many
with changed as (
	update files set expired_at = now() where id = $1::uuid and place = 'quarantine' and expired_at is null returning id, name
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from changed, outbox_event('file.removed', $2, null, null, null, null, 'fileId', id,
		jsonb_build_object('name', name)) e
)
select id, name from changed

-- name: ctl_sla_count :one
select count(*), (extract(epoch from now()) * 1000000)::bigint from tickets where created_at >= $1::timestamptz and deleted_at is null
	and merged_into is null

-- name: ctl_sla_tickets :many
-- The next $4 tickets behind ($2, $3), the oldest first; what was merged into another has no life of its own.
select t.id, t.number, (extract(epoch from t.created_at) * 1000000)::bigint, t.status, t.priority, t.category,
	array_to_string(t.tags, ', '), t.owner_id, a.email, t.created_at
from tickets t left join accounts a on a.id = t.owner_id
where t.created_at >= $1::timestamptz and (t.created_at, t.id) > (coalesce($2::timestamptz, '-infinity'), coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
	and t.deleted_at is null and t.merged_into is null
order by t.created_at, t.id limit $4::bigint

-- name: ctl_sla_events :many
-- What happened to the tickets $1 since they were made, in the same order.
select t.id, (extract(epoch from h.created_at) * 1000000)::bigint, h.field, h.old_value, h.new_value,
	coalesce(a.role not in ('user', 'service'), false) and h.actor_id <> t.owner_id
from unnest($1::uuid[]) with ordinality as wanted(id, place) join tickets t using (id)
	cross join lateral (select * from ticket_history h where h.ticket_id = t.id and h.version > 1
		and h.field in ('status', 'priority', 'category', 'tags', 'comment')) h
	left join accounts a on a.id = h.actor_id
order by place, h.version, h.id

-- name: ctl_calendar :one
select body from calendars where id = $1::uuid and deleted_at is null

-- name: ctl_calendar_find :one
-- By its id or its name.
select id, version, coalesce(body -> 'holidays', '[]')::text from calendars
where deleted_at is null and (id::text = lower($1) or lower(name) = lower($1))

-- name: ctl_command_outcome :one
select state, coalesce(problem ->> 'detail', code) from inbox where command_id = $1::uuid and day >= today() - 1

-- name: ctl_calendars :many
select id, name, version, body ->> 'timezone', jsonb_array_length(body -> 'holidays'),
	(select count(*) from sla_policies p where p.calendar_id = c.id and p.deleted_at is null)
from calendars c where deleted_at is null order by lower(name)

-- name: ctl_policies :many
select row_number() over (order by p.position, p.id), p.id, p.name, p.version, c.name, p.body ->> 'criteria', p.body ->> 'targets'
from sla_policies p left join calendars c on c.id = p.calendar_id where p.deleted_at is null order by p.position, p.id

-- name: ctl_sla_explain :one
-- A ticket by its id or its number.
select sla_explained(t)::text from tickets t
where t.id = ticket_id_of($1) and t.deleted_at is null

-- name: ctl_mail_queue :one
select mail_queue_json($1::jsonb)::text

-- name: ctl_mail_job :one
select mail_job_whole($1::uuid)::text

-- name: ctl_mail_suppressions :many
select address, source, to_char(since at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), reason
from mail_suppressions order by since desc, address limit 1000

-- name: ctl_mail_test :one
-- $1 its id, $2 the address, $3 the language. A sender looks once a second.
insert into mails (id, priority, template, language, recipient, event_id, fields)
values ($1::uuid, 1, 'mail_test', $3, $2, gen_random_uuid(), '{}')
returning id

-- name: ctl_mail_ledger :one
select inbound_ledger()::text

-- name: ctl_mail_inbound :many
select i.id::text, to_char(i.accepted_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS'), i.door, coalesce(i.outcome, 'waiting'),
	coalesce(i.approval, ''), coalesce(ticket_number_of(i.ticket_id), ''), coalesce(i.from_address, ''), coalesce(i.subject, '')
from inbound_mails i order by i.id desc limit 50

-- name: ctl_token_account :one
-- Always a row. The account $1, the session $2, and the clock in milliseconds.
select a.email, a.role, coalesce(a.active, false), coalesce(a.epoch, 0), s.id is not null, to_json(s.revoked_at) #>> '{}',
	to_json(s.expires_at) #>> '{}', (extract(epoch from clock_timestamp()) * 1000)::bigint
from (values (1)) one left join accounts a on a.id = $1::uuid left join sessions s on s.id = $2::uuid and s.account_id = $1::uuid

-- name: ctl_db_connections :many
select usename, coalesce(nullif(application_name, ''), '-'), count(*), count(*) filter (where state = 'active'),
	count(*) filter (where state like 'idle in transaction%')
from pg_stat_activity where backend_type = 'client backend' group by 1, 2 order by count(*) desc, 1 limit 100

-- name: ctl_db_waits :many
select a.pid, a.usename, extract(epoch from now() - l.waitstart)::bigint, l.locktype || coalesce(' ' || l.relation::regclass::text, ''),
	(select string_agg(b.pid || ' (' || b.usename || ')', ', ') from pg_stat_activity b where b.pid = any (pg_blocking_pids(a.pid))),
	left(a.query, 200)
from pg_locks l join pg_stat_activity a using (pid) where not l.granted order by l.waitstart limit 50

-- name: ctl_db_longest :many
select pid, usename, extract(epoch from now() - xact_start)::bigint, state, left(query, 200)
from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid() and backend_type = 'client backend'
order by xact_start limit 10

-- name: ctl_db_cache :one
select pg_database_size(current_database()), (100 * blks_hit / nullif(blks_hit + blks_read, 0))::bigint, deadlocks,
	(100 * xact_rollback / nullif(xact_commit + xact_rollback, 0))::bigint
from pg_stat_database where datname = current_database()

-- name: ctl_db_tables :many
-- Those that are changed most.
select relname, pg_total_relation_size(relid), n_live_tup, n_dead_tup, (100 * n_dead_tup / nullif(n_live_tup + n_dead_tup, 0))::bigint,
	to_char(greatest(last_vacuum, last_autovacuum) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
from pg_stat_user_tables order by n_tup_ins + n_tup_upd + n_tup_del desc limit 20
