-- texts.sql - what the desk writes to people, as it is edited: the desk worker's load and store, what is read and shown.

-- name: texts_load :many
-- One row, whatever the ids in $1.
select t.id, t.version, {texts read} from texts t where t.id is not null or t.id = any($1::uuid[])

-- name: texts_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {texts always types})
), written as (
	update texts t set version = r.version, updated_at = r.updated_at, {texts always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('texts updated', $2::bigint, (select count(*) from written))

-- name: text_versions_load :many
-- $1: versions that commands go back to, as a JSON list.
select version, name, language, parts::text from text_versions
where version in (select value::integer from jsonb_array_elements_text($1::jsonb))

-- name: text_versions_insert :exec
insert into text_versions (version, name, language, parts, changed_at, changed_by)
select version, name, language, parts, changed_at, changed_by
from jsonb_to_recordset($1::jsonb) as t(version integer, name text, language text, parts jsonb, changed_at timestamptz,
	changed_by uuid)

-- name: template_history :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	jsonb_build_object('versions', coalesce((select jsonb_agg(v.shown order by v.version desc) from (
		select t.version, jsonb_build_object('version', t.version, 'language', t.language, 'parts', t.parts,
			'changedAt', t.changed_at, 'changedBy', t.changed_by) as shown
		from text_versions t
		where t.name = $3::jsonb ->> 'name' and t.language = coalesce($3::jsonb ->> 'language', t.language)
		order by t.version desc limit 100) v), '[]'))::text, null::text
from actor_of($1::uuid) a

-- name: brand_read :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, t.version::bigint, a.role,
	jsonb_build_object('name', b ->> 'name', 'color', b ->> 'color', 'footer', b ->> 'footer',
		'replyLine', coalesce((b ->> 'replyLine')::boolean, true), 'version', t.version)::text, null::text
from actor_of($1::uuid) a cross join texts t cross join lateral (select t.body -> 'brand' as b) brand

-- name: template_texts :one
-- What ingress lays over the built-in templates. $2: who may ask. $3: a ticket whose values are shown, or null.
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, t.version, t.body::text,
	(select jsonb_build_object('ticketNumber', k.number, 'title', k.title, 'subjectTitle', title_at_first(k), 'priority', k.priority,
			'category', k.category, 'newStatus', k.status, 'resolution', coalesce(k.resolution, ''),
			'userName', coalesce(nullif(btrim(o.first_name || ' ' || o.last_name), ''), o.email),
			'comments', coalesce((
				select jsonb_agg(jsonb_build_object('author', coalesce(nullif(btrim(w.first_name || ' ' || w.last_name), ''), w.email, ''),
					'at', to_char(c.created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'), 'content', left(c.content, 20000)) order by c.seq desc)
				from (select c.* from ticket_comments c where c.ticket_id = k.id and not c.is_internal order by c.seq desc
					limit $4::integer) c
				left join accounts w on w.id = c.author_id), '[]'))::text
	from tickets k join accounts o on o.id = k.owner_id where k.id = $3::uuid and k.deleted_at is null)
from actor_of($1::uuid) a cross join texts t
