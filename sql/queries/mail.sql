-- mail.sql - the mail worker's rows: who sends what, and what came of it.
--
--   queued ─claim─► sending ─record─► sent | failed | queued (next_attempt_at)
--     ▲                └─release─► queued, when its sender is dead
--     └─ operator ─► held
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

-- name: mail_claim_lock :exec
-- Claims take turns, so that each sees what the others have claimed: limits of a domain hold for all senders together.
select pg_advisory_xact_lock(hashtext('guichet.mail.claim'), 0)

-- name: mail_claim :many
-- $1 the sender's number, $2 how many, $3 sessions a domain may have at a time, $4 mails a minute (0: any), $5 1: of a
-- slow domain, and of one only; 0: of no slow one. $6 the senders that have transports of their own, $7 those of them
-- that are open, blanks between, $8 whether the others' is (1). One look per priority, each in index order; the later ones run
-- only when the earlier ones found too few. Last the first mail that the same person had about the ticket, why
-- nothing is sent to the address, what its mailbox is called and signs with, and the last mail that came from that person about
-- the ticket, where its id can stand in a header.
with slow as materialized (
	select domain from mail_domains where slow_until > now()
), shut as materialized (
	select domain from mails where state = 'sending' group by domain having count(distinct worker) >= $3::integer
	union
	select domain from mail_domains
	where $4::integer > 0 and minute_at > now() - interval '1 minute' and minute_count >= $4::integer
	union
	select domain from slow where $5::integer = 0
), due as materialized (
	select m.*
	from generate_series(1, 3) as p(priority)
	cross join lateral (
		select id, domain, priority, next_attempt_at from mails
		where mails.priority = p.priority and state = 'queued' and next_attempt_at <= now()
			and domain <> all (array(select domain from shut))
			and ($5::integer = 0 or domain = any (array(select domain from slow)))
			and case when sender = any (string_to_array($6, ' ')) then sender = any (string_to_array($7, ' '))
				else $8::integer = 1 end
		order by next_attempt_at
		limit $2::integer
	) m
	limit $2::integer
), placed as (
	select id, domain, row_number() over (partition by domain order by priority, next_attempt_at, id) as place,
		first_value(domain) over (order by priority, next_attempt_at, id) as first_domain
	from due
), chosen as materialized (
	select m.id, m.domain from placed p join mails m on m.id = p.id
	where ($5::integer = 0 or p.domain = p.first_domain)
		and ($4::integer = 0 or p.place <= $4::integer - coalesce((select d.minute_count from mail_domains d
			where d.domain = p.domain and d.minute_at > now() - interval '1 minute'), 0))
		and m.state = 'queued'
	for update of m skip locked
), paced as (
	insert into mail_domains as d (domain, minute_at, minute_count)
	select domain, now(), count(*) from chosen where $4::integer > 0 group by domain order by domain
	on conflict (domain) do update set
		minute_count = excluded.minute_count + case when d.minute_at > now() - interval '1 minute' then d.minute_count else 0 end,
		minute_at = case when d.minute_at > now() - interval '1 minute' then d.minute_at else now() end
), claimed as (
	update mails m set state = 'sending', attempts = m.attempts + 1, started_at = now(), tried_at = now(), worker = $1::integer
	from chosen where m.id = chosen.id
	returning m.id, m.ticket_id, m.template, m.language, m.recipient, m.recipient_id, m.attempts, m.created_at, m.fields,
		m.first_refused_at, m.sender, m.unsubscribe, m.priority, m.next_attempt_at
)
select id, ticket_id, template, language, recipient, attempts, (extract(epoch from created_at) * 1000000)::bigint,
	fields, (extract(epoch from now()) * 1000000)::bigint, (extract(epoch from first_refused_at) * 1000000)::bigint,
	(select f.id from mails f where f.ticket_id = claimed.ticket_id and f.recipient_id = claimed.recipient_id
		and f.state <> 'failed' and (f.created_at, f.id) < (claimed.created_at, claimed.id) order by f.created_at, f.id limit 1),
	recipient_id, sender, coalesce(unsubscribe, ''),
	coalesce((select s.reason from mail_suppressions s where s.address = lower(claimed.recipient)), ''),
	coalesce(box_name, ''), coalesce(box_signature, ''),
	coalesce((select i.message_id from inbound_mails i where i.ticket_id = claimed.ticket_id and i.from_address = lower(claimed.recipient)
		and i.message_id ~ '^[!-;=?-~]{3,250}$' order by i.id desc limit 1), ''),
	coalesce(fields ->> 'traceparent', '')
from claimed left join (select address, name, signature from mailboxes where deleted_at is null) b(box_address, box_name, box_signature)
	on box_address = claimed.sender
order by claimed.priority, claimed.next_attempt_at, claimed.id

-- name: mail_wake :one
-- What waits for the server of a sender ($1, '' those without a transport of their own, $2) goes out now, $3 of them.
with woken as (
	update mails set next_attempt_at = now(), for_server = false
	where id in (
		select id from mails
		where state = 'queued' and for_server
			and case when sender = any (string_to_array($2, ' ')) then sender = $1 else $1 = '' end
		order by next_attempt_at
		limit $3::integer
		for update skip locked)
	returning 1
)
select count(*) from woken

-- name: mail_record :one
-- $1 what came of each mail, $2 notes for the tickets of those that failed, $3 the number
-- they were claimed under. What was accepted is sent, whoever holds the row by now; every
-- other outcome counts only for the claim it belongs to. A second run changes nothing.
--
-- judged: the server has said something about this very mail. begun: it was in the middle of it. Either is a refusal, tried
-- again after 1, 5, 15 and 60 minutes, then every hour. down: there was no session in which a mail could be sent, so it waits for
-- the server; null: it was in no session. What is none of it was only behind another mail, and goes out at once.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as r(id uuid, attempts integer, outcome text, judged boolean, begun boolean,
		down boolean, slow boolean, reply text, transcript text)
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
		refusals = m.refusals + (r.judged or r.begun)::integer,
		first_refused_at = case when r.judged then coalesce(m.first_refused_at, now()) else m.first_refused_at end,
		for_server = r.outcome = 'deferred' and coalesce(r.down, false),
		next_attempt_at = case when r.outcome <> 'deferred' then m.next_attempt_at
			else now() + (0.75 + random() / 2) * case
				when r.judged or r.begun then (array[1, 5, 15, 60])[least(m.refusals + 1, 4)] * interval '1 minute'
				when r.down then (array[1, 5])[least(m.attempts, 2)] * interval '1 minute'
				else interval '1 second' end end,
		started_at = null, worker = null, last_reply = r.reply, transcript = r.transcript
	from ours r
	where m.id = r.id
	returning m.id, m.domain, r.outcome, r.judged, r.slow
), noted as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select n.exchange, n.routing_key, n.type, n.headers, n.body
	from jsonb_to_recordset($2::jsonb) as n(mail_id uuid, exchange text, routing_key text, type text, headers jsonb,
		body text)
	join written w on w.id = n.mail_id
	returning 1
), counted as (
	insert into mail_counts as c (domain, slot, sent, deferred, failed)
	select domain, $3::integer & 15, count(*) filter (where outcome = 'sent'),
		count(*) filter (where outcome = 'deferred' and judged), count(*) filter (where outcome = 'failed')
	from written where outcome <> 'deferred' or judged group by domain order by domain
	on conflict (domain, slot) do update set sent = c.sent + excluded.sent, deferred = c.deferred + excluded.deferred,
		failed = c.failed + excluded.failed
), slowed as (
	insert into mail_domains as d (domain, slow_until)
	select distinct domain, now() + interval '1 hour' from written where slow order by domain
	on conflict (domain) do update set slow_until = excluded.slow_until
), server as (
	-- Written when that changes, so that senders do not wait for each other.
	insert into dependencies as d (name, is_up, said)
	select 'smtp', not bool_and(down), max(reply) filter (where down)
	from rows having bool_and(down) is not null
	on conflict (name) do update set is_up = excluded.is_up, said = excluded.said, since = now()
	where d.is_up <> excluded.is_up
)
select (select count(*) from written), (select count(*) from noted)

-- name: mail_token_keep :one
select account_token_keep($1::uuid, decode($2, 'hex'))

-- name: mail_said :many
-- $1 mails that are about to be composed: what was last said in public on their tickets, newest first, before the mail was
-- asked for, in the reader's time zone; without what the mail itself tells. A merged ticket's comments stay its own.
select m.id, jsonb_agg(jsonb_build_object('author', coalesce(nullif(btrim(a.first_name || ' ' || a.last_name), ''), a.email, ''),
	'at', to_char(coalesce(local_time(c.created_at, r.timezone), c.created_at at time zone 'UTC'), 'YYYY-MM-DD HH24:MI'),
	'content', left(c.content, 20000)) order by c.seq desc)
from mails m
left join accounts r on r.id = m.recipient_id
cross join lateral (
	select t.seq, t.author_id, t.content, t.created_at from ticket_comments t
	where t.ticket_id = m.ticket_id and not t.is_internal and t.split_into is null and t.created_at <= m.created_at
		and t.content is distinct from m.fields ->> 'comment'
	order by t.seq desc limit $2::integer
) c
left join accounts a on a.id = c.author_id
where m.id = any($1::uuid[])
group by m.id

-- name: mail_files :many
-- $1 mails that are about to be composed: the files of the comments that they tell, $2 of a mail at most. Clean ones, none of
-- an internal comment, for a recipient who sees them on the ticket.
select m.id, f.id, f.name, f.mime_type, f.size, encode(f.sha256, 'hex')
from mails m
join accounts r on r.id = m.recipient_id and r.active
join tickets t on t.id = m.ticket_id and t.deleted_at is null and (r.role not in ('user', 'service') or t.owner_id = r.id)
cross join lateral (
	select f.id, f.name, f.mime_type, f.size, f.sha256 from files f join ticket_comments c on c.id = f.comment_id
	where f.comment_id in (select jsonb_array_elements_text(m.fields -> 'commentIds')::uuid) and f.ticket_id = m.ticket_id
		and not c.is_internal and f.scan_state = 'clean' and f.place = 'kept' and f.deleted_at is null and f.refused_at is null
	order by f.created_at, f.id limit $2::integer
) f
where m.id = any($1::uuid[]) and jsonb_typeof(m.fields -> 'commentIds') = 'array'

-- name: texts_version :one
select version from texts

-- name: texts_read :one
select version, body::text from texts

-- name: mail_queue :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then mail_queue_json($3::jsonb) end::text, null::text
from actor_of($1::uuid) a

-- name: mail_job :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when j.whole is null then 'missing'
		else 'ok' end, null::bigint, a.role, j.whole::text, null::text
from actor_of($1::uuid) a, lateral (
	select case when a.active and a.bits & $2::integer <> 0 then mail_job_whole(($3::jsonb ->> 'jobId')::uuid) end as whole offset 0) j

-- name: mail_suppressions :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	coalesce((select jsonb_agg(jsonb_build_object('address', s.address, 'reason', s.reason, 'source', s.source, 'since', s.since)
		order by s.since desc, s.address)
		from (select * from mail_suppressions order by since desc, address limit p.size offset p.skipped) s), '[]')::text,
	page_json(p.number, p.size, (select count(*) from mail_suppressions))::text
from actor_of($1::uuid) a, page_wanted($3::jsonb, 50) p

-- name: mail_manage :one
select verdict, changed from mail_manage($1::uuid, $2::uuid, $3, $4::jsonb, $5, $6, $7)

-- name: mail_suppress :one
select mail_suppress($1::uuid, $2::uuid, $3, $4, $5, $6, $7)
