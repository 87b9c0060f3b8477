-- reads.sql - what a GET shows. Every read takes the actor ($1), the access bits of its catalogue row ($2) and the row's
-- fields as one JSON object ($3), by the names that clients use, without those that were not given; no $3 for a row without fields. It checks who may see
-- it against the account as it is now, and returns one row: verdict, version, role, data, pagination.
--
-- Access bits: 2 self, 4 owner, 8 agent, 16 manager, 32 admin (queues/catalogue.h); 128: tags are open to owners.
--
-- What an owner does not see (queues/answers.def, history_is_public) leaves no gap: his versions and places count only
-- what he sees.

-- name: ticket_read :one
with actor as (select * from actor_of($1::uuid)),
ticket as (select * from tickets where id = ($3::jsonb ->> 'ticketId')::uuid and deleted_at is null)
select verdict, shown_version(t, is_staff), role, case when verdict = 'ok' then (
	ticket_json(t, is_staff, $2::integer) || jsonb_build_object('comments', (
		select coalesce(jsonb_agg(comment_json(comment, place, from_number, is_staff) order by place), '[]')
		from (select * from ticket_said(t, is_staff) order by place desc limit 50) as latest),
		'attachmentCount', attachments_counted(t, is_staff))
		|| case when is_staff then jsonb_build_object('links', links_json(t.id)) else '{}' end
	)::text end, null::text
from actor left join ticket t on true,
	lateral (select ticket_verdict(actor.active, actor.bits, $2::integer, actor.id, t.id, t.owner_id)) as v(verdict)

-- name: ticket_comments :one
with actor as (select * from actor_of($1::uuid)),
ticket as (select * from tickets where id = ($3::jsonb ->> 'ticketId')::uuid and deleted_at is null)
select verdict, shown_version(t, is_staff), role, case when verdict = 'ok' then (
	select coalesce(jsonb_agg(comment_json(comment, place, from_number, is_staff) order by place), '[]')::text
	from (select * from ticket_said(t, is_staff) order by place limit wanted.size offset wanted.skipped) as page) end,
	case when verdict = 'ok' then page_json(wanted.number, wanted.size, comments_shown(t, is_staff))::text end
from page_wanted($3::jsonb, 50) wanted, actor left join ticket t on true,
	lateral (select ticket_verdict(actor.active, actor.bits, $2::integer, actor.id, t.id, t.owner_id)) as v(verdict)

-- name: comment_read :one
with actor as (select * from actor_of($1::uuid)),
ticket as (select * from tickets where id = ($3::jsonb ->> 'ticketId')::uuid and deleted_at is null),
comment as (select c.* from ticket_comments c, actor where c.id = ($3::jsonb ->> 'commentId')::uuid and c.ticket_id = ($3::jsonb ->> 'ticketId')::uuid
	and (actor.is_staff or not c.is_internal))
select case when v.verdict = 'ok' and c.id is null then 'missing' else v.verdict end, shown_version(t, is_staff), role,
	case when verdict = 'ok' then comment_json(c, case when is_staff then c.seq else (select count(*) from ticket_comments before
		where before.ticket_id = t.id and not before.is_internal and before.seq <= c.seq) end, null, is_staff)::text end, null::text
from actor left join ticket t on true left join comment c on true,
	lateral (select ticket_verdict(actor.active, actor.bits, $2::integer, actor.id, t.id, t.owner_id)) as v(verdict)

-- name: ticket_history :one
with actor as (select * from actor_of($1::uuid)),
ticket as (select * from tickets where id = ($3::jsonb ->> 'ticketId')::uuid and deleted_at is null)
select verdict, shown_version(t, is_staff), role, case when verdict = 'ok' then (
	select coalesce(jsonb_agg(history_json(change, shown_id, page.version, is_staff) order by shown_id), '[]')::text
	from (select * from history_shown(t.id, is_staff, $2::integer) order by shown_id
		limit wanted.size offset wanted.skipped) as page) end,
	case when verdict = 'ok' then page_json(wanted.number, wanted.size,
		(select count(*) from history_shown(t.id, is_staff, $2::integer)))::text end
from page_wanted($3::jsonb, 100) wanted, actor left join ticket t on true,
	lateral (select ticket_verdict(actor.active, actor.bits, $2::integer, actor.id, t.id, t.owner_id)) as v(verdict)

-- name: ticket_files :one
with actor as (select * from actor_of($1::uuid)),
ticket as (select * from tickets where id = ($3::jsonb ->> 'ticketId')::uuid and deleted_at is null)
select verdict, shown_version(t, is_staff), role, case when verdict = 'ok' then (
	select jsonb_build_object('files', coalesce(jsonb_agg(file_json(f) order by f.created_at, f.id), '[]'),
		'totalFiles', count(*), 'totalSize', coalesce(sum(f.size), 0))::text
	from ticket_files_seen(t, is_staff) f) end, null::text
from actor left join ticket t on true,
	lateral (select ticket_verdict(actor.active, actor.bits, $2::integer, actor.id, t.id, t.owner_id)) as v(verdict)

-- name: ticket_sla :one
with actor as (select * from actor_of($1::uuid)),
ticket as (select * from tickets where id = ($3::jsonb ->> 'ticketId')::uuid and deleted_at is null)
select verdict, shown_version(t, is_staff), role, case when verdict = 'ok' then sla_explained(t)::text end, null::text
from actor left join ticket t on true,
	lateral (select ticket_verdict(actor.active, actor.bits, $2::integer, actor.id, t.id, t.owner_id)) as v(verdict)

-- name: account_me :one
select case when a.active then 'ok' else 'disabled' end, null::bigint, a.role, account_json(a)::text, null::text
from accounts a
where a.id = $1::uuid and $2::integer & 2 <> 0

-- name: auth_user :one
select s.* from (select ($3::jsonb ->> 'userId')::uuid) w(id) left join accounts a on a.id = w.id,
	lateral account_shown($1::uuid, $2::integer, a, w.id = $1::uuid) s

-- name: auth_user_by_email :one
select s.* from (select $3::jsonb ->> 'email') w(email) left join accounts a on a.email = w.email,
	lateral account_shown($1::uuid, $2::integer, a, false) s

-- name: auth_stats :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then (select jsonb_build_object('totalUsers', count(*), 'activeUsers', count(*) filter (where p.active),
		'lockedUsers', count(*) filter (where f.locked_until > now()),
		'logins24h', (select count(*) from sessions s where s.created_at > now() - interval '24 hours' and s.method <> 'registration'))::text
		from accounts p left join sign_in_failures f on f.email = p.email) end, null::text
from actor_of($1::uuid) a

-- name: account_profile :one
select case when a.active then 'ok' else 'disabled' end, a.version, a.role, jsonb_build_object(
	'id', a.id, 'userId', a.id, 'email', a.email, 'role', a.role, 'firstName', a.first_name, 'lastName', a.last_name,
	'phone', nullif(a.phone, ''), 'department', nullif(a.department, ''), 'jobTitle', nullif(a.job_title, ''),
	'bio', nullif(a.bio, ''), 'avatarUrl', avatar_url(a.id),
	'preferences', jsonb_build_object('language', a.language, 'timezone', a.timezone, 'theme', a.theme),
	'version', a.version, 'createdAt', a.created_at, 'updatedAt', a.updated_at)::text, null::text
from accounts a
where a.id = $1::uuid and $2::integer & 2 <> 0

-- name: account_stats :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then people_figures()::text end, null::text
from actor_of($1::uuid) a

-- name: account_list :one
select verdict, version, role, data, pagination from account_list($1::uuid, $2::integer, $3::jsonb)

-- name: person_read :one
select case when not who.active then 'disabled' when who.id <> ($3::jsonb ->> 'accountId')::uuid and not who.is_staff then 'forbidden'
		when p.id is null then 'missing' else 'ok' end,
	case when sees_all then p.version end, who.role, person_sheet(p, sees_all)::text, null::text
from actor_of($1::uuid) who left join accounts p on p.id = ($3::jsonb ->> 'accountId')::uuid and p.deleted_at is null,
	lateral (select who.bits & 32 <> 0 or who.id = p.id as sees_all) s
where who.bits & $2::integer <> 0

-- name: person_activities :one
select verdict, null::bigint, role, data, pagination from person_activities($1::uuid, $2::integer, $3::jsonb)

-- name: person_dashboard :one
select case when who.active then 'ok' else 'disabled' end, null::bigint, who.role,
	case when who.active then person_dashboard(a, who.is_staff, $2::integer)::text end, null::text
from actor_of($1::uuid) who join accounts a on a.id = who.id
where who.bits & $2::integer <> 0

-- name: person_export :one
-- Of format=json: one page.
select verdict, version, role, data, pagination from account_list($1::uuid, $2::integer, $3::jsonb - 'format')

-- name: person_export_export :one
select verdict, slice, next from person_export($1::uuid, $2::integer, $3::jsonb)

-- name: person_takeaway :one
-- Always sent as an export: a slice, and the cursor of the next one.
select verdict, slice, next from person_takeaway($1::uuid, $2::integer, $3::jsonb)

-- name: person_leaving :one
select verdict, null::bigint, role, data, pagination from person_leaving($1::uuid, $2::integer, $3::jsonb)

-- name: audit_logs :one
select verdict, null::bigint, role, data, pagination from audit_page($1::uuid, $2::integer, $3::jsonb - 'format')

-- name: audit_security :one
select verdict, null::bigint, role, data, pagination from audit_page($1::uuid, $2::integer, $3::jsonb - 'format' || '{"security": true}')

-- name: audit_events :one
-- Takes 'mock' and looks at nothing by it.
select verdict, null::bigint, role, data, pagination from audit_events($1::uuid, $2::integer, $3::jsonb)

-- name: audit_metrics :one
select verdict, null::bigint, role, data, null::text from audit_metrics($1::uuid, $2::integer, $3::jsonb)

-- name: audit_reports :one
select verdict, null::bigint, role, data::text, null::text from audit_report($1::uuid, $2::integer, $3::jsonb - 'format')

-- Exports: a slice, and the cursor of the next one (sql/functions/audit_export.sql, ingress/read/export.c).

-- name: audit_logs_export :one
select verdict, slice, next from audit_export($1::uuid, $2::integer, $3::jsonb)

-- name: audit_security_export :one
select verdict, slice, next from audit_export($1::uuid, $2::integer, $3::jsonb || '{"security": true}')

-- name: audit_reports_export :one
select verdict, slice, next from audit_report_export($1::uuid, $2::integer, $3::jsonb)
