-- mail.sql - the mail worker's rows: who sends what, and what came of it.
--
--   queued ─claim─► sending ─record─► sent | failed | queued (next_attempt_at)
--                      └─release─► queued, when its sender is dead
--
-- A sender holds the advisory lock of its number as long as its connection lives, so a
-- row in sending whose number is free belongs to nobody.

-- name: mail_sender_lock :one
select pg_try_advisory_lock(hashtext('guichet.mail'), $1::integer)

-- name: mail_release :one
-- The lock is tried once for each number, on numbers that are candidates already. From
-- the third attempt on a mail waits: it may be what kills its senders.
with stale as materialized (
	select distinct worker from mails
	where state = 'sending' and started_at < now() - interval '30 seconds' and worker is not null
), dead as materialized (
	select worker from stale where pg_try_advisory_xact_lock(hashtext('guichet.mail'), worker)
), released as (
	update mails m set state = 'queued', worker = null, started_at = null,
		next_attempt_at = case when m.attempts < 3 then now()
			else now() + least(interval '4 hours', interval '30 seconds' * power(2, least(m.attempts - 1, 12))) end
	from dead d
	where m.worker = d.worker and m.state = 'sending' and m.started_at < now() - interval '30 seconds'
	returning 1
)
select count(*) from released

-- name: mail_claim :many
-- $1 the sender's number, $2 how many. One look per priority, each in index order; the
-- later ones run only when the earlier ones found too few. Last the first mail that the same person had about the ticket.
with due as materialized (
	select m.id
	from generate_series(1, 3) as p(priority)
	cross join lateral (
		select id from mails
		where mails.priority = p.priority and state = 'queued' and next_attempt_at <= now()
		order by next_attempt_at
		limit $2::integer
		for update skip locked
	) m
	limit $2::integer
), claimed as (
	update mails m set state = 'sending', attempts = m.attempts + 1, started_at = now(), worker = $1::integer
	from due where m.id = due.id
	returning m.*
)
select id, ticket_id, template, language, recipient, attempts, (extract(epoch from created_at) * 1000000)::bigint,
	fields, (extract(epoch from now()) * 1000000)::bigint, (extract(epoch from first_refused_at) * 1000000)::bigint,
	(select f.id from mails f where f.ticket_id = claimed.ticket_id and f.recipient_id = claimed.recipient_id
		and f.state <> 'failed' and (f.created_at, f.id) < (claimed.created_at, claimed.id) order by f.created_at, f.id limit 1)
from claimed
order by claimed.priority, claimed.next_attempt_at, claimed.id

-- name: mail_record :one
-- $1 what came of each mail, $2 notes for the tickets of those that failed, $3 the number
-- they were claimed under. What was accepted is sent, whoever holds the row by now; every
-- other outcome counts only for the claim it belongs to. A second run changes nothing. A mail that the server did not
-- judge was not tried: it goes out soon again, and is no older for it.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as r(id uuid, attempts integer, outcome text, judged boolean, reply text)
), ours as (
	-- Row by row: of a table in which all is sent already a plan would rather read everything.
	select r.* from rows r cross join lateral (
		select m.state, m.worker, m.attempts from mails m where m.id = r.id for update offset 0
	) m
	where (m.state = 'sending' and m.worker = $3::integer and m.attempts = r.attempts)
		or (r.outcome = 'sent' and m.state <> 'sent')
), written as (
	update mails m set
		state = case r.outcome when 'deferred' then 'queued' else r.outcome end,
		sent_at = case r.outcome when 'sent' then now() end,
		attempts = m.attempts - (r.outcome = 'deferred' and not r.judged)::integer,
		first_refused_at = case when r.judged then coalesce(m.first_refused_at, now()) else m.first_refused_at end,
		next_attempt_at = case when r.outcome <> 'deferred' then m.next_attempt_at
			else now() + (0.5 + random() / 2) * case when r.judged
				then least(interval '4 hours', interval '30 seconds' * power(2, least(m.attempts - 1, 12)))
				else interval '30 seconds' end end,
		started_at = null, worker = null, last_reply = r.reply
	from ours r
	where m.id = r.id
	returning m.id
), noted as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select n.exchange, n.routing_key, n.type, n.headers, n.body
	from jsonb_to_recordset($2::jsonb) as n(mail_id uuid, exchange text, routing_key text, type text, headers jsonb,
		body text)
	join written w on w.id = n.mail_id
	returning 1
), server as (
	-- What it judged it was there for. Written when that changes, so that senders do not wait for each other.
	insert into dependencies as d (name, is_up, said)
	select 'smtp', bool_or(judged or outcome = 'sent'), max(reply) filter (where not judged and outcome <> 'sent')
	from rows having count(*) > 0
	on conflict (name) do update set is_up = excluded.is_up, said = excluded.said, since = now()
	where d.is_up <> excluded.is_up
)
select (select count(*) from written), (select count(*) from noted)
