-- scan.sql - the scan worker's rows: what is to be looked at, what came of it, what is to be removed.
--
--   pending ─claim─► looked at, moved ─settle─► clean | infected | unscannable | error | pending (next_scan_at)
--   clean ─claim again (another database of signatures)─► clean | infected
--
-- A claim is a lock on the content (file_content_lock), held by the connection of who looks at it: nobody else looks at,
-- moves or removes the same bytes meanwhile, and when the worker dies they are free at once.

-- name: scan_let_go :one
select pg_advisory_unlock_all() is null

-- name: scan_claim :many
-- $1 how many, $2 none larger than that, $3 the engine. Last what the same engine has said of the same content.
select f.id, encode(f.sha256, 'hex'), f.size, f.purpose, f.mime_type, f.scan_attempts, f.scan_engine is not distinct from 'released',
	known.scan_state, known.scan_note, known.picture::text
from (
	select * from files
	where scan_state = 'pending' and next_scan_at <= now() and size <= $2::bigint
	order by next_scan_at limit 64
) f left join lateral (
	select k.scan_state, k.scan_note, k.picture from files k
	where k.sha256 = f.sha256 and k.id <> f.id and k.purpose = f.purpose and k.scan_engine = $3
		and (k.scan_state, k.place) in (('clean', 'kept'), ('infected', 'quarantine'))
	limit 1
) known on true
where pg_try_advisory_lock(file_content_lock(f.sha256))
limit $1::bigint

-- name: scan_claim_again :many
-- What other signatures than the present ones ($1) have let through: of the last $3 days, the oldest look first. $2:
-- when this round began, in microseconds, so that its end is found at once.
select f.id, encode(f.sha256, 'hex'), f.size, f.purpose, f.mime_type, f.scan_attempts, false, null::text, null::text, null::text
from (
	select * from files
	where place = 'kept' and scanned_at < to_timestamp($2::bigint / 1000000.0) and scan_engine is distinct from $1
		and scan_engine is distinct from 'released' and created_at > now() - make_interval(days => $3::integer)
	order by scanned_at limit 64
) f
where pg_try_advisory_lock(file_content_lock(f.sha256))
limit 1

-- name: scan_clock :one
select (extract(epoch from now()) * 1000000)::bigint

-- name: scan_settle :many
-- $1 what came of each: of the one file that waited, and of all kept ones of the same content. What is infected disappears
-- wherever it is; what could not be looked into again stays as the earlier look left it. A row for each file that has
-- changed its state: whom it must be told to is asked here, too.
with found as materialized (
	select id, decode(sha256, 'hex') as sha256, state, note, engine, place, picture, wait_s, attempts, again, withdrawn
	from jsonb_to_recordset($1::jsonb) as r(id uuid, sha256 text, state text, note text, engine text, place text, picture jsonb,
		wait_s double precision, attempts integer, again boolean, withdrawn boolean)
), deferred as (
	update files f set scan_note = r.note, scan_attempts = f.scan_attempts + r.attempts,
		next_scan_at = now() + make_interval(secs => r.wait_s)
	from found r where f.id = r.id and f.scan_state = 'pending' and r.state = 'pending'
), decided as (
	update files f set scan_state = r.state, scan_note = r.note, scan_engine = r.engine, scanned_at = now(), place = r.place,
		picture = case when r.state = 'clean' then r.picture end, scan_attempts = f.scan_attempts + 1, next_scan_at = null
	from found r join files w on w.id = r.id
	where f.id = r.id and f.scan_state = 'pending' and r.state <> 'pending'
	returning f.*, w.scanned_at is not null as was_kept
), taken_back as (
	update files f set scan_state = 'infected', scan_note = r.note, scan_engine = r.engine, scanned_at = now(), place = 'quarantine',
		picture = null
	from found r where f.sha256 = r.sha256 and f.place = 'kept' and r.state = 'infected'
	returning f.*, true as was_kept
), withdrawn as (
	-- Its bytes are where they were, and found there when it is tried again; scanned_at says that it was shown.
	update files f set scan_state = 'pending', scan_note = r.note, place = 'temp', next_scan_at = now() + make_interval(secs => r.wait_s)
	from found r where f.sha256 = r.sha256 and f.place = 'kept' and r.withdrawn
), confirmed as (
	update files f set scan_engine = r.engine, scanned_at = now(), scan_note = r.note
	from found r where f.sha256 = r.sha256 and f.place = 'kept' and r.again and r.state <> 'infected'
		and (r.state <> 'pending' or r.attempts > 0)
)
select c.id, c.version::bigint, c.name, c.ticket_id, c.uploaded_by, c.scan_state, c.scan_note, c.scan_engine, c.was_kept, c.deleted_at is null,
	case when c.was_kept then (select array_to_json(array_agg(user_id))::text from (
		select distinct l.user_id from file_access_logs l
		where l.file_id = c.id and l.action in ('DOWNLOAD', 'PREVIEW') and l.user_id is not null limit 50) d) end,
	(extract(epoch from now()) * 1000000)::bigint
from (select * from decided union all select * from taken_back) c

-- name: scan_figures :one
select count(*), coalesce(extract(epoch from now() - min(created_at)), 0)::bigint
from (select created_at from files where scan_state = 'pending' order by next_scan_at limit 10000) f

-- name: scan_dependency :exec
-- Written when it changes, so that several workers do not wait for each other.
insert into dependencies as d (name, is_up, said) values ($1, $2::boolean, $3)
on conflict (name) do update set is_up = excluded.is_up, said = excluded.said,
	since = case when d.is_up = excluded.is_up then d.since else now() end
where d.is_up <> excluded.is_up or d.said is distinct from excluded.said

-- --- what is removed for good: see files_expire.sql ---------------------------------------------------------------------

-- name: files_expire :one
-- One at a time. $3: only to count.
select e.removed, e.bytes
from (select pg_try_advisory_xact_lock(hashtext('guichet.files'), hashtext('expire')) as is_ours offset 0) l,
	files_expire($1::bigint, $2::bigint, $3::boolean or not l.is_ours) e
where l.is_ours

-- name: files_claim_expired :many
-- Whoever was attached or taken back at the last moment stays.
with stays as (
	update files set expired_at = null
	where expired_at is not null and place <> 'gone' and ticket_id is not null and deleted_at is null and scan_state in ('pending', 'clean')
)
select f.id, encode(f.sha256, 'hex'), f.size, f.purpose
from (select * from files where expired_at is not null and place <> 'gone'
		and not (ticket_id is not null and deleted_at is null and scan_state in ('pending', 'clean'))
	order by expired_at limit 64) f
where pg_try_advisory_lock(file_content_lock(f.sha256))
limit 16

-- name: files_named :many
-- Of these files ($1), with their contents locked: is each still to be removed, and do other rows name its content, in the
-- same bucket or as one that may come there, or in quarantine?
select f.id,
	exists (select from files o where o.sha256 = f.sha256 and o.id <> all ($1::uuid[]) and o.purpose = f.purpose and o.place in ('temp', 'kept')),
	exists (select from files o where o.sha256 = f.sha256 and o.id <> all ($1::uuid[]) and o.place in ('temp', 'quarantine'))
from files f where f.id = any ($1::uuid[]) and f.expired_at is not null and f.place <> 'gone'

-- name: files_gone :exec
update files set place = 'gone', picture = null, next_scan_at = null,
	scan_state = case when scan_state = 'pending' then 'error' else scan_state end
where id = any ($1::uuid[]) and expired_at is not null

-- name: files_without_row :many
-- Of ids that objects in the temporary bucket have, those that no row needs there.
select i.id from unnest($1::uuid[]) as i(id)
where not exists (select from files f where f.id = i.id and f.place = 'temp')
