-- file.sql - the ticket worker's load and store of files, in the manner of ticket.sql. Files are written by whichever lane
-- is concerned with them, and by the scan worker: store checks the version, and what the scan worker has written.

-- name: file_load :many
-- $2: the comments whose files are wanted, too. Behind the columns: does it hang on an internal comment?
select t.id, t.version, {file read},
	(select c.is_internal from ticket_comments c where c.id = t.comment_id)
from (select unnest($1::uuid[]) union select f.id from files f where f.comment_id = any($2::uuid[])) as wanted(id)
	join files t using (id)

-- name: file_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, updated_at timestamptz, {file all types})
), written as (
	insert into files (id, version, updated_at, {file all names})
	select id, version, updated_at, {file all names} from rows
	returning 1
)
select expect_rows('files inserted', $2::bigint, (select count(*) from written))

-- name: file_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {file always types}, {file seen types})
), written as (
	update files t set version = r.version, updated_at = r.updated_at, {file always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version and {file seen same}
	returning 1
)
select expect_rows('files updated', $2::bigint, (select count(*) from written))

-- name: file_log_insert :exec
insert into file_access_logs (file_id, user_id, action, ip_address, user_agent, created_at)
select file_id, user_id, action, nullif(split_part(origin, ' ', 1), ''), nullif(substr(origin, strpos(origin || ' ', ' ') + 1), ''), created_at
from jsonb_to_recordset($1::jsonb) as l(file_id uuid, user_id uuid, action text, origin text, created_at timestamptz)
