-- door.sql - mail that is taken in: ingress/mail/, ingress/file/inbound_mail.c and guichetctl mail import.

-- The messages $1 (queues/inbound.h) are in the ledger, and the intake worker is told of them. Gives the place of each in $1
-- and the row it is; that of an earlier message when its door knows it by the same key. What is sent twice is written once. A message that
-- another transaction is just writing is missing: ask again.
-- name: inbound_take :many
with mail as materialized (
	select m.*
	from rows from (jsonb_to_recordset($1::jsonb) as (id uuid, door text, peer text, envelope_from text, recipients text[], size bigint,
		sha256 text, door_key text, traceparent text, exchange text, routing_key text, type text, headers jsonb, body text)) with ordinality
		as m(id, door, peer, envelope_from, recipients, size, sha256, door_key, traceparent, exchange, routing_key, type, headers, body, place)
), taken as (
	insert into inbound_mails (id, door, peer, envelope_from, recipients, size, sha256, door_key, traceparent)
	select id, door, peer, envelope_from, recipients, size, decode(sha256, 'hex'), door_key, traceparent from mail
	on conflict do nothing returning id
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select exchange, routing_key, type, headers, body from mail join taken using (id)
)
select place, id from mail join taken using (id)
union all
select place, i.id from mail m join inbound_mails i on i.id = m.id
union all
select place, i.id from mail m join inbound_mails i on i.door = m.door and i.door_key = m.door_key and i.id <> m.id

-- Where mail may be sent to, beside MAIL_FROM.
-- name: inbound_addresses :many
select address from mailboxes where active and deleted_at is null

-- Which of these keys ($1, a list) of imported messages are in the ledger?
-- name: ctl_imported :many
select door_key from inbound_mails where door = 'import' and door_key in (select jsonb_array_elements_text($1::jsonb))
