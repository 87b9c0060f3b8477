-- store.sql - guichetctl store check: rows against objects, and objects against rows.

-- The next 500 files that have bytes; $1: the last id that was read.
-- name: ctl_store_rows :many
select id, place, file_bucket(f), file_key(f), size, encode(sha256, 'hex')
from files f where id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') and place <> 'gone' order by id limit 500

-- The same of messages that came by mail.
-- name: ctl_store_mails :many
select id, 'kept', 'helpdesk-mail', left(id::text, 6) || '/' || id, size, encode(sha256, 'hex')
from inbound_mails where id > coalesce($1::uuid, '00000000-0000-0000-0000-000000000000') order by id limit 500

-- Which of these objects does no row name? $1: a list of {"bucket", "key"}; new/<id> that no row knows may be a command's that is on its way.
-- name: ctl_store_unnamed :many
with objects as (
	select o.bucket, o.key, case when o.key ~ '^new/[0-9a-f-]{36}$' then substr(o.key, 5)::uuid end as id,
		case when o.bucket = 'helpdesk-mail' and o.key ~ '^[0-9a-f]{6}/[0-9a-f-]{36}$' then substr(o.key, 8)::uuid end as mail_id,
		case when o.key ~ '(^quarantine|^[0-9a-f]{2}/[0-9a-f]{2})/[0-9a-f]{64}(\.preview|\.thumbnail)?$'
			then decode(substring(o.key from '[0-9a-f]{64}'), 'hex') end as sha256
	from jsonb_to_recordset($1::jsonb) as o(bucket text, key text)
)
select bucket, key, id is not null and not exists (select from files f where f.id = o.id) as is_unclaimed
from objects o
where not exists (select from files f where f.id = o.id and f.place = 'temp')
	and not exists (select from inbound_mails m where m.id = o.mail_id)
	and not exists (select from files f where f.sha256 = o.sha256 and file_bucket(f) = o.bucket
		and f.place = case when o.key like 'quarantine/%' then 'quarantine' else 'kept' end)

-- Nobody moves or removes that content while this transaction lasts; then the object is looked up again. $1: its hash in hexadecimal,
-- or null.
-- name: ctl_store_lock :one
select pg_advisory_xact_lock(file_content_lock(decode(coalesce($1::text, '00'), 'hex')))
