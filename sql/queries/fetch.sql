-- fetch.sql - the IMAP poller (workers/fetch/). $1 is the account wherever there is one.

-- name: fetch_lock :one
-- One process polls an account at a time.
select pg_try_advisory_lock(hashtext('guichet.imap'), hashtext($1))

-- name: fetch_mailbox :one
-- Does the desk take mail for the address $1?
select exists (select from mailboxes where address = $1 and active and deleted_at is null)

-- name: fetch_cursor :many
-- The day is the one before the last poll, as IMAP writes it.
select uidvalidity, uid, to_char(polled_at - interval '1 day', 'FMDD-Mon-YYYY') from imap_cursors where account = $1

-- name: fetch_troubles :many
-- $2 the UIDVALIDITY. The second column: is it due?
select uid, coalesce(next_try_at <= now(), false) from imap_troubles where account = $1 and uidvalidity = $2::bigint order by uid

-- name: fetch_known :many
-- Which of these keys ($1, a list) are in the ledger?
select door_key from inbound_mails where door = 'imap' and door_key in (select jsonb_array_elements_text($1::jsonb))

-- name: fetch_advance :exec
-- $2 the UIDVALIDITY, $3 the uid that the account has come to. What was noted under another UIDVALIDITY names nothing any more.
with renewed as (
	delete from imap_troubles where account = $1 and uidvalidity <> $2::bigint
)
insert into imap_cursors as c (account, uidvalidity, uid) values ($1, $2::bigint, $3::bigint)
on conflict (account) do update set uidvalidity = excluded.uidvalidity, polled_at = now(),
	uid = case when c.uidvalidity = excluded.uidvalidity then greatest(c.uid, excluded.uid) else excluded.uid end

-- name: fetch_settled :exec
-- $2 the UIDVALIDITY, $3 a list of uids that are no trouble any more.
delete from imap_troubles where account = $1 and uidvalidity = $2::bigint
	and uid in (select value::bigint from jsonb_array_elements_text($3::jsonb))

-- name: fetch_trouble :one
-- $2 the UIDVALIDITY, $3 the uid, $4 why, $5 how many tries it has: then it stays where it is. Gives whether that is so now.
insert into imap_troubles as t (account, uidvalidity, uid, reason, next_try_at)
values ($1, $2::bigint, $3::bigint, $4, case when $5::integer > 1 then now() + interval '1 minute' end)
on conflict (account, uidvalidity, uid) do update set reason = excluded.reason, tries = t.tries + 1,
	next_try_at = case when t.tries + 1 < $5::integer then now() + interval '1 minute' * (4 ^ t.tries) end
returning next_try_at is null

-- name: fetch_left :one
-- Messages that are not tried again.
select count(*) from imap_troubles where account = $1 and next_try_at is null

-- name: fetch_told :exec
-- What became of the last poll, written when that changes.
insert into dependencies as d (name, is_up, said) values ('imap ' || $1, $2::boolean, $3)
on conflict (name) do update set is_up = excluded.is_up, said = excluded.said,
	since = case when d.is_up = excluded.is_up then d.since else now() end
where d.is_up <> excluded.is_up or d.said is distinct from excluded.said
