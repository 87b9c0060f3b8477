-- ingress.sql - what ingress asks about commands, and the credentials and sessions it writes.

-- name: command_outcome :one
-- The inbox row of a command id; the id says which table and which day.
select state, status, code, subject_id, version, encode(fp, 'hex'), problem ->> 'detail', problem ->> 'pointer',
	problem ->> 'ignored'
from inbox
where (get_byte(uuid_send($1::uuid), 6) >> 4) = 7 and command_id = $1::uuid
	and day = (to_timestamp(('x' || translate(left($1::uuid::text, 13), '-', ''))::bit(48)::bigint / 1000.0) at time zone 'utc')::date
union all
select state, status, code, subject_id, version, encode(fp, 'hex'), problem ->> 'detail', problem ->> 'pointer',
	problem ->> 'ignored'
from inbox_keyed
where (get_byte(uuid_send($1::uuid), 6) >> 4) <> 7 and command_id = $1::uuid

-- name: tickets_numbered :many
-- Which tickets have these numbers: the place in the list, and the id.
select n.place, t.id from unnest($1::text[]) with ordinality n(number, place) join tickets t using (number)

-- name: credential_find :one
-- One row, whoever has the address; for how many more seconds nobody gets in by a password; and whether somebody is known as one of
-- that issuer ($2).
select a.id, c.password_hash, a.active, a.role, a.epoch, a.first_name, a.last_name,
	coalesce(ceil(extract(epoch from greatest(f.locked_until - now(), interval '0'))), 0)::bigint,
	exists (select from identities i where i.account_id = a.id and i.issuer = $2)
from (select $1::text) asked(email) left join (accounts a join credentials c on c.account_id = a.id) on a.email = asked.email
left join sign_in_failures f on f.email = asked.email

-- name: sign_in_failed :one
select sign_in_failed($1, $2::bigint::integer, $3::uuid, $4::uuid, $5::bigint::integer, $6, $7, $8)

-- name: account_register :one
-- Account, credential, session and the event, or nothing when the address is taken.
with account as (
	insert into accounts (id, email, first_name, last_name, language, email_unproven)
	values ($1::uuid, $2, coalesce($3, ''), coalesce($4, ''), coalesce($5, 'fr'), $15::bigint <> 0)
	on conflict (email) do nothing
	returning id, email, role, epoch
), credential as (
	insert into credentials (account_id, password_hash) select id, $6 from account
), session as (
	insert into sessions (id, account_id, refresh_hash, expires_at, ends_at, epoch, method, origin)
	select $7::uuid, id, decode($8, 'hex'), now() + make_interval(secs => least($9::bigint, $14::bigint)),
		now() + make_interval(secs => $14::bigint), epoch, 'registration', coalesce($13, '') from account
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from account, outbox_event('user.registered', $10, id, role, $11, $12, 'accountId', id,
		jsonb_build_object('email', email, 'role', role), $13) e
)
select id, email, role from account

-- name: person_is_admin :one
select active and bits & 32 <> 0 from actor_of($1::uuid)

-- name: person_create :one
select verdict, data from person_create($1::uuid, $2::jsonb, $3::uuid, $4, $5::uuid, $6, $7, $8)

-- name: person_import_plan :one
select verdict, data, made, changed, unchanged, wrong from person_import_plan($1::uuid, $2::jsonb)

-- name: person_import_gone :many
select id, email from person_import_gone($1::uuid, $2::jsonb, $3::bigint)

-- name: person_import :one
select verdict, made, changed from person_import($1::uuid, $2::jsonb, $3::boolean, $4::uuid, $5, $6, $7)

-- name: person_registered :one
select verdict, data from person_registered($1::jsonb, $2::uuid, $3::uuid, $4, $5, $6)

-- name: session_open :one
-- For the epoch ($8) and the credential ($9, null: it was proven otherwise) that were verified; $12 stands in its place
-- then. $14 and $15: the code of a second factor, $15 null where none was shown. The session's id counts once. The verdicts are those of
-- sign_in_opens.sql; last, whether the account has a second factor.
with done as materialized (
	select $1::uuid as id, * from sign_in_opens($1::uuid, $8::bigint::integer, $9, $12, $14::bigint, decode($15, 'hex'))
), session as (
	insert into sessions (id, account_id, refresh_hash, expires_at, ends_at, epoch, method, origin)
	select $2::uuid, id, decode($3, 'hex'), now() + make_interval(secs => least($4::bigint, $13::bigint)),
		now() + make_interval(secs => $13::bigint), $8::bigint, concat_ws('+', $11::text, factor), coalesce($10, '') from done where verdict = 'ok'
	on conflict (id) do nothing
	returning method
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from done, session, outbox_event('user.login', $5, done.id, role, $6, $7, 'accountId', done.id,
		jsonb_build_object('method', session.method), $10) e
)
select case when verdict = 'ok' and not exists (select from session) then 'gone' else verdict end, factor is not null from done

-- name: session_list :one
-- The sessions of $1 that could be renewed, the one used last first; $2 is the one that asks.
select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'device', device_of(s.agent), 'userAgent', s.agent,
	'ipAddress', s.address, 'method', s.method, 'createdAt', s.created_at, 'lastUsedAt', s.used_at, 'expiresAt', s.expires_at,
	'isCurrent', coalesce(s.id = $2::uuid, false)) order by s.used_at desc, s.id), '[]')::text
from (
	select s.*, split_part(s.origin, ' ', 1) as address, substr(s.origin, length(split_part(s.origin, ' ', 1)) + 2) as agent
	from sessions s join accounts a on a.id = s.account_id and a.epoch = s.epoch
	where s.account_id = $1::uuid and s.revoked_at is null and s.expires_at > now() order by s.used_at desc, s.id limit 100
) s

-- name: session_end :one
-- One of one's own, from another of them. No row: there is no such that still goes on.
with closed as (
	update sessions set revoked_at = now()
	where id = $1::uuid and account_id = $2::uuid and revoked_at is null and expires_at > now()
	returning id, account_id
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from closed, outbox_event('user.logout', $3, account_id, null, $4, $5, 'accountId', account_id, '{}', $6) e
)
select id from closed

-- name: link_ask :one
select account_link_ask($1, $2, $3::uuid, $4::uuid, $5::bigint::integer, $6, $7, $8)::text

-- name: verify_ask :one
select coalesce(account_verify_ask($1::uuid, $2::uuid, $3::bigint::integer), false)

-- name: email_ask :one
select account_email_ask($1::uuid, $2, $3, $4::uuid, $5::uuid, $6::bigint::integer)

-- name: link_look :one
select kind, account, email from account_link_look(decode($1, 'hex'))

-- name: link_use :one
select verdict, kind, account, email, role, epoch, first_name, last_name
from account_link_use(decode($1, 'hex'), $2, $3::uuid, $4, $5, $6)

-- name: password_change :many
-- A row for each session that has ended, at least one.
select d.changed, c.id
from account_password_change($1::uuid, $2::uuid, $3, $4, $5::uuid, $6, $7, $8) d left join unnest(d.closed) as c(id) on true

-- name: ticket_changes :many
-- What differs from the version ($3) that a client last saw, and how it is now.
select (h.change).field, (array_agg((h.change).new_value order by h.shown_id desc))[1]
from actor_of($1::uuid) a, tickets t, history_shown(t.id, a.is_staff, 0) h
where t.id = $2::uuid and (h.change).ticket_id = t.id and t.deleted_at is null and h.version > $3::bigint and a.active and (a.is_staff or t.owner_id = a.id)
group by (h.change).field
limit 16

-- name: session_renew :one
-- $4 to $7: the event of a token that was shown again.
with done as materialized (
	select * from session_renew(decode($1, 'hex'), decode($2, 'hex'), $3::bigint)
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from done, outbox_event('security.token_reused', $4, account_id, role, $5, $6, 'accountId', account_id, '{}', $7) e
	where verdict = 'reused'
)
select verdict, session_id, account_id, email, role, epoch, first_name, last_name, factor_is_on(account_id) from done

-- name: dependency_state :many
-- $1 the names, in the order wanted; one of which nobody has told anything is up.
select coalesce(d.is_up, true), (extract(epoch from d.since) * 1000000)::bigint
from unnest($1::text[]) with ordinality as w(name, place) left join dependencies d using (name) order by w.place

-- name: security_tell :exec
-- What was refused to somebody: $1 the type, $2 the event's id, $3 who asked (null: nobody knows), $4 whom it is about,
-- $7 the members.
insert into outbox (exchange, routing_key, type, headers, body)
select e.* from outbox_event($1, $2::uuid, $3::uuid, null, $5, $6, 'accountId', $4::uuid, $7::jsonb, $8) e
where $1::text is not null

-- name: session_close :exec
with closed as (
	update sessions set revoked_at = now(), logged_out_at = now()
	where id = $1::uuid and account_id = $2::uuid and revoked_at is null
	returning account_id
)
insert into outbox (exchange, routing_key, type, headers, body)
select e.* from closed, outbox_event('user.logout', $3, account_id, null, $4, $5, 'accountId', account_id, '{}', $6) e

-- name: session_close_all :many
-- A row for each session that was closed, at least one.
with done as materialized (
	select verdict, new_epoch, closed, $1::uuid as id from session_close_all($1::uuid, $5::uuid, $6::bigint::integer)
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from done, outbox_event('user.logout_all_devices', $2, id, null, $3, $4, 'accountId', id, '{}', $7) e
	where verdict <> 'revoked'
)
select verdict, new_epoch, c.id from done left join unnest(closed) as c(id) on true

-- name: revocations :many
select id, epoch, next_place from revocations_from($1::bigint, $2::bigint)

-- name: token_subject :one
select email, role, active, first_name, last_name from accounts where id = $1::uuid

-- name: audit_note :one
-- $1 who, $2 the event's id, $5 its type, $6 its members, $7 where it comes from. No row: it is no administrator, and no service. Of an
-- export the rows were given already, so whoever got them is told of.
with told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from actor_of($1::uuid) a, outbox_event($5, $2::uuid, a.id, a.role, $3, $4, 'accountId', a.id, $6::jsonb, $7) e
	where a.active and (a.bits & 288 <> 0 or $5 = 'audit.exported')
	returning 1
)
select count(*) from told having count(*) > 0

-- name: audit_event_replay :one
select audit_event_replay($1::uuid, $2::uuid, $3::uuid, $4, $5, $6)

-- name: files_cleanup :one
select verdict, removed, bytes from files_cleanup($1::uuid, $2::bigint, $3::bigint)

-- name: tokens_purge :one
select verdict, sessions_gone, tokens_gone from tokens_purge($1::uuid)

-- name: avatar_of :one
select avatar_of($1::uuid)
