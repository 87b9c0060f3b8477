-- bytes.sql - files that arrive and that are given away: ingress/file/.

-- How many files $1 has uploaded within a day that hang on nothing, or were deleted: their bytes stay for a while, and no ticket's
-- limits hold for them. Counted to $2.
-- name: files_idle :one
select count(*) from (
	select from files where uploaded_by = $1::uuid and created_at > now() - interval '1 day' and place <> 'gone'
		and (ticket_id is null or deleted_at is not null)
	limit $2::bigint) idle

-- What the scan has found so far. $1: a list of ids.
-- name: files_scanned :many
select id, scan_state from files where id = any ($1::text::uuid[])

-- Files that were uploaded just now, as they are shown; what was refused by the scan is not.
-- name: files_uploaded :one
select '/api/v1/users/' || $1::uuid || '/avatar',
	coalesce(jsonb_agg(file_json(f) order by f.id) filter (where f.scan_state in ('pending', 'clean')), '[]')::text,
	(array_agg(file_json(f)))[1]::text, count(*) filter (where f.scan_state in ('pending', 'clean'))
from files f where f.id = any ($2::text::uuid[])

-- May $1 have the file $2? It is written down in the same statement. $3: access, $4: action (empty: only asked), $5: where from, $6: of a
-- picture the form that is wanted, $7: the digest of a link that counts once, $8: when that ends. A link that
-- was used already is missing.
-- name: file_open :one
with decided as materialized (
	select f, file_verdict(f, $1::uuid, $3::integer) as verdict from files f where f.id = $2::uuid
), open as materialized (
	select * from decided where verdict = 'ok' and (f).place = 'kept' and ($6::text = '' or (f).picture is not null)
), used as (
	insert into file_link_uses (link_hash, expires_at) select decode($7::text, 'hex'), to_timestamp($8::bigint) from open
	where $7::text is not null
	on conflict do nothing returning 1
), logged as (
	insert into file_access_logs (file_id, user_id, action, ip_address, user_agent)
	select (f).id, $1::uuid, $4::text, split_part($5::text, ' ', 1), nullif(substr($5::text, strpos($5::text || ' ', ' ') + 1), '')
	from open where $4::text <> '' and ($7::text is null or exists (select from used))
)
select case when $7::text is not null and exists (select from open) and not exists (select from used) then 'missing' else verdict end,
	(f).scan_state, (f).place, file_bucket(f), file_key(f), (f).name, (f).mime_type, (f).size, encode((f).sha256, 'hex'),
	(f).picture is not null, coalesce(((f).picture ->> $6::text)::bigint, 0)
from decided

-- The same of the picture that a person has now, for anybody who is signed in.
-- name: avatar_open :one
select case when a.active then 'ok' else 'disabled' end, f.scan_state, f.place, file_bucket(f), file_key(f), f.name, f.mime_type,
	f.size, encode(f.sha256, 'hex'), f.picture is not null, coalesce((f.picture ->> 'thumbnail')::bigint, 0)
from actor_of($1::uuid) a, files f
where f.id = avatar_of($2::uuid) and f.place = 'kept' and f.picture is not null

-- May $1 see the file $2, and so give a link to it away? $3: access.
-- name: file_may_be_linked :one
select file_verdict(f, $1::uuid, $3::integer) from files f where f.id = $2::uuid
