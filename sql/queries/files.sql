-- files.sql - what is shown of files; see reads.sql for what a read takes and returns. Bytes: ingress/file/.

-- name: file_read :one
with file as (select * from files where id = ($3::jsonb ->> 'fileId')::uuid)
select v.verdict, f.version::bigint, a.role, case when v.verdict = 'ok' then file_json(f)::text end, null::text
from actor_of($1::uuid) a left join file f on true, lateral (select file_verdict(f, a.id, $2::integer)) as v(verdict)

-- name: file_list :one
select verdict, null::bigint, role, data, pagination from file_list($1::uuid, $2::integer, $3::jsonb)

-- name: file_search :one
select verdict, null::bigint, role, data, pagination from file_list($1::uuid, $2::integer, $3::jsonb)

-- name: file_stats :one
select case when not active then 'disabled' else 'ok' end, null::bigint, role,
	case when active and $2::integer <> 0 then file_figures(id, is_staff)::text end, null::text
from actor_of($1::uuid)

-- name: file_logs :one
with file as (select * from files where id = ($3::jsonb ->> 'fileId')::uuid)
select v.verdict, null::bigint, a.role, case when v.verdict = 'ok' then (
	select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'fileId', l.file_id, 'userId', l.user_id, 'action', l.action,
		'ipAddress', l.ip_address, 'userAgent', l.user_agent, 'createdAt', l.created_at) order by l.id desc), '[]')::text
	from (select * from file_access_logs where file_id = f.id order by id desc limit wanted.size offset wanted.skipped) l) end,
	case when v.verdict = 'ok' then page_json(wanted.number, wanted.size,
		(select count(*) from file_access_logs where file_id = f.id))::text end
from page_wanted($3::jsonb, 50) wanted, actor_of($1::uuid) a left join file f on true,
	lateral (select file_verdict(f, a.id, $2::integer)) as v(verdict)
