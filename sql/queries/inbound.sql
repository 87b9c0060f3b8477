-- inbound.sql - what is read of mail that came, and what staff does with it; see reads.sql for what a read takes and returns.

-- name: inbound_list :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.bits & $2::integer <> 0 then coalesce((select jsonb_agg(inbound_json(i) order by i.id desc)
		from (select * from inbound_page($3::jsonb) order by id desc limit p.size offset p.skipped) i), '[]')::text end,
	case when a.bits & $2::integer <> 0 then page_json(p.number, p.size, (select count(*) from inbound_page($3::jsonb)))::text end
from actor_of($1::uuid) a, page_wanted($3::jsonb, 50) p

-- name: inbound_read :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when i.id is null then 'missing'
		else 'ok' end, null::bigint, a.role, case when i.id is not null and a.bits & $2::integer <> 0 then inbound_whole(i)::text end, null::text
from actor_of($1::uuid) a left join inbound_mails i on i.id = ($3::jsonb ->> 'inboundId')::uuid

-- name: inbound_ledger :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.bits & $2::integer <> 0 then inbound_ledger()::text end, null::text
from actor_of($1::uuid) a

-- name: inbound_open :one
-- $1 who asks, $2 the mail, $3 the access word; the columns of file_open.
select case when not a.active then 'disabled' when a.bits & $3::integer = 0 then 'forbidden' when i.id is null then 'missing' else 'ok' end,
	'clean', 'kept', 'helpdesk-mail', left(i.id::text, 6) || '/' || i.id, i.id || '.eml', 'message/rfc822', i.size,
	encode(i.sha256, 'hex'), false, 0::bigint
from actor_of($1::uuid) a left join inbound_mails i on i.id = $2::uuid

-- name: inbound_manage :one
select inbound_manage($1::uuid, $2::uuid, $3, $4::uuid, $5::boolean, $6, $7, $8)
