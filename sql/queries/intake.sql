-- intake.sql - the intake worker's rows: what was taken, and what became of it.
--
--   waiting ─claim─► read, decided ─settle─► ticket | reply | bounce | auto | duplicate | quarantined
--      ▲                                        └─ refused in its lane: decided again, then quarantined
--      └── approve, reparse: an operator (sql/functions/inbound_manage.sql)
--
-- A claim is a lock of the connection: when the worker dies, what it had is free at once.

-- name: intake_let_go :one
select pg_advisory_unlock_all() is null

-- name: intake_claim :many
-- $1 how many. The first that are due, and that nobody else has in hand.
select i.id, i.door, i.peer, i.envelope_from, array_to_json(i.recipients)::text, i.size, i.attempts, i.kills, i.rounds, i.approval,
	i.outcome, i.ticket_id, i.comment_id, (extract(epoch from i.accepted_at) * 1000000)::bigint, coalesce(i.traceparent, ''),
	i.sender_id, (extract(epoch from now()) * 1000000)::bigint, encode(i.sha256, 'hex'), i.approved_by, i.let_in
from (
	select * from inbound_mails
	where (outcome is null or reread) and next_attempt_at <= now()
	order by next_attempt_at, id limit 64
) i
where pg_try_advisory_lock(hashtext('guichet.inbound'), ('x' || right(i.id::text, 8))::bit(32)::integer)
limit $1::bigint

-- name: intake_wait :one
-- $1 a mail that cannot be settled now, $2 why, $3 how long it waits, in seconds, $4 1: it has ended its reader.
with waits as (
	update inbound_mails set attempts = attempts + 1, kills = kills + $4::integer, error = $2,
		next_attempt_at = now() + make_interval(secs => $3::bigint)
	where id = $1::uuid and (outcome is null or reread) returning 1
)
select count(*) from waits

-- name: intake_begin :one
-- $1 the message's hash: what says the same is decided one after the other.
select pg_advisory_xact_lock(hashtextextended($1, 0)) is null

-- name: intake_mine :one
-- No row: it is settled.
select id from inbound_mails where id = $1::uuid and (outcome is null or reread) for update

-- name: intake_known :one
select intake_known($1::jsonb)::text

-- name: intake_account_make :exec
-- An account for who writes by mail, unless there is one. Nobody can sign in with it before its password is set.
with made as (
	insert into accounts (id, email, first_name, last_name, language)
	values ($1::uuid, $2, $3, $4, $5) on conflict (email) do nothing
	returning id, email, role
)
insert into outbox (exchange, routing_key, type, headers, body)
select e.* from made, outbox_event('user.registered', $6::uuid, null, role, null, $7, 'accountId', id,
	jsonb_build_object('email', email, 'role', role), null) e

-- name: intake_account :one
select id, active, role not in ('user', 'service') from accounts where email = $1

-- name: intake_nobody_make :exec
-- $1 the account of mail that names no sender, $2 its address, unless it is there. Nothing is ever sent there.
with made as (
	insert into accounts (id, email, first_name, last_name) values ($1::uuid, $2, 'Unknown', 'sender') on conflict (id) do nothing
	returning id, email, role
), silent as (
	insert into mail_suppressions (address, reason, source) select email, 'nobody has this address', 'operator' from made
)
insert into outbox (exchange, routing_key, type, headers, body)
select e.* from made, outbox_event('user.registered', $3::uuid, null, role, null, null, 'accountId', id,
	jsonb_build_object('email', email, 'role', role), null) e

-- name: intake_settle :one
-- $1 what became of the mail, $2 what it says (null: nothing that anybody is shown), $3 what is asked for in the outbox.
with row as (
	select * from jsonb_to_record($1::jsonb) as r(id uuid, outcome text, reason text, approval text, mailbox_id uuid,
		from_address text, from_name text, sender_id uuid, subject text, their_id text, message_hash text, body_hash text,
		verified text, automatic text, acknowledged boolean, ticket_id uuid, comment_id uuid, command_id uuid, duplicate_of uuid,
		notified_mail_id uuid)
), settled as (
	update inbound_mails i set outcome = r.outcome, outcome_at = now(), reason = r.reason, approval = r.approval,
		mailbox_id = r.mailbox_id, from_address = r.from_address, from_name = r.from_name, sender_id = r.sender_id,
		subject = r.subject, message_id = r.their_id, message_hash = decode(r.message_hash, 'hex'),
		body_hash = decode(r.body_hash, 'hex'), verified = r.verified, automatic = r.automatic,
		acknowledged = i.acknowledged or r.acknowledged, ticket_id = r.ticket_id, comment_id = r.comment_id,
		command_id = r.command_id, applied = null, duplicate_of = r.duplicate_of, notified_mail_id = r.notified_mail_id,
		rounds = i.rounds + 1, attempts = i.attempts + 1, reread = false, error = null
	from row r where i.id = r.id
	returning i.id, i.message_hash, i.ticket_id
), said as (
	insert into inbound_texts (inbound_id, to_shown, cc_shown, visible_text, folded_text, visible_html, folded_html, attachments, notes)
	select s.id, t.to_shown, t.cc_shown, t.visible_text, t.folded_text, t.visible_html, t.folded_html, t.attachments, t.notes
	from settled s, jsonb_to_record($2::jsonb) as t(to_shown jsonb, cc_shown jsonb, visible_text text, folded_text text,
		visible_html text, folded_html text, attachments jsonb, notes jsonb)
	where $2 is not null
	on conflict (inbound_id) do update set to_shown = excluded.to_shown, cc_shown = excluded.cc_shown,
		visible_text = excluded.visible_text, folded_text = excluded.folded_text, visible_html = excluded.visible_html,
		folded_html = excluded.folded_html, attachments = excluded.attachments, notes = excluded.notes
), referred as (
	insert into message_references (message_hash, ticket_id, inbound_id)
	select message_hash, ticket_id, id from settled where ticket_id is not null
	on conflict do nothing
)
insert into outbox (exchange, routing_key, type, headers, body)
select o.exchange, o.routing_key, o.type, o.headers, o.body
from settled, jsonb_to_recordset($3::jsonb) as o(exchange text, routing_key text, type text, headers jsonb, body text)
returning 1

-- name: intake_reread :exec
-- The same mail, read again: what it says anew ($2; null: nobody can read it now), and nothing else.
with said as (
	update inbound_texts i set to_shown = t.to_shown, cc_shown = t.cc_shown, visible_text = t.visible_text,
		folded_text = t.folded_text, visible_html = t.visible_html, folded_html = t.folded_html, notes = t.notes
	from jsonb_to_record($2::jsonb) as t(to_shown jsonb, cc_shown jsonb, visible_text text, folded_text text, visible_html text,
		folded_html text, notes jsonb)
	where i.inbound_id = $1::uuid and $2 is not null
)
update inbound_mails set reread = false where id = $1::uuid

-- name: intake_bounced :one
-- $1 the mail that came back, $2 the mail of ours, $3 whose, $4 hard, soft or complaint, $5 its status, $6 the reason, $7 how
-- many that are for good end it. Once for an address and a mail of ours, however often it is said. True: nothing more is sent there.
with said as (
	insert into mail_bounces (address, mail_id, inbound_id, kind, status, reason)
	values (lower($3), $2::uuid, $1::uuid, $4, $5, $6)
	on conflict do nothing returning address, kind
), failed as (
	update mails m set state = 'failed', sent_at = null, last_reply = left($5 || ' ' || $6, 500) from said
	where m.id = $2::uuid and m.state = 'sent' and said.kind = 'hard'
), counted as (
	insert into mail_counts as c (domain, slot, bounced, complained)
	select substring(address from '[^@]*$'), 0, (kind <> 'complaint')::integer, (kind = 'complaint')::integer from said
	on conflict (domain, slot) do update set bounced = c.bounced + excluded.bounced, complained = c.complained + excluded.complained
), ended as (
	insert into mail_suppressions (address, reason, source)
	select address, case kind when 'complaint' then 'a complaint about our mail' else left($5 || ' ' || $6, 255) end,
		case kind when 'complaint' then 'complaint' else 'bounce' end
	from said where kind = 'complaint' or (kind = 'hard'
		and (select count(*) + 1 from mail_bounces b where b.address = said.address and b.kind = 'hard') >= $7::integer)
	on conflict do nothing returning 1
)
select exists (select from said), exists (select from ended)

-- name: intake_unapplied :many
-- What was asked for and is decided by now: done, or not (then it is decided again).
select i.id, x.state from (
	select * from inbound_mails where command_id is not null and applied is null and outcome_at < now() - interval '2 seconds'
	order by outcome_at limit 200
) i, lateral (
	select d.state from inbox_of_day((to_timestamp(('x' || translate(left(i.command_id::text, 13), '-', ''))::bit(48)::bigint / 1000.0)
		at time zone 'utc')::date, array[i.command_id]) d
) x

-- name: intake_applied :exec
-- $1 those that were done, $2 those that were not: they are decided again, the first time at once; after the second they are
-- put aside, and what refuses that, too, is asked ever more rarely.
with done as (
	update inbound_mails set applied = true where id = any($1::uuid[]) and applied is null
)
update inbound_mails set applied = false, outcome = null, outcome_at = null, command_id = null,
	next_attempt_at = now() + make_interval(secs => case when rounds < 3 then 0 else least(2 ^ least(rounds, 10), 900) end),
	error = 'what was asked of the ticket was refused'
where id = any($2::uuid[]) and applied is null

-- name: intake_figures :many
select coalesce(outcome, 'waiting'), count(*), coalesce(extract(epoch from max(now() - accepted_at))::bigint, 0)
from inbound_mails where outcome is null group by 1
