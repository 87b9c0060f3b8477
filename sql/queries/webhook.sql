-- webhook.sql - webhooks: the desk worker's load and store, the webhook worker's rows, and what is read of both.
--
--   event ─webhook_deliver─► waiting ─claim─► sending ─record─► delivered | failed | waiting (due_at)
--                               ▲                └─release─► waiting, when its sender is dead
--                               └─webhook_again── delivered, failed
--
-- A sender holds the advisory lock of its number as long as its connection lives, so a row in sending whose number is free
-- belongs to nobody.

-- name: webhook_load :many
select t.id, t.version, {webhook read} from webhooks t where t.deleted_at is null or t.id = any($1::uuid[])

-- name: webhook_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, updated_at timestamptz, {webhook all types})
), written as (
	insert into webhooks (id, version, created_at, updated_at, {webhook all names})
	select id, version, updated_at, updated_at, {webhook all names} from rows
	returning 1
)
select expect_rows('webhooks inserted', $2::bigint, (select count(*) from written))

-- name: webhook_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {webhook always types})
), written as (
	update webhooks t set version = r.version, updated_at = r.updated_at, {webhook always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('webhooks updated', $2::bigint, (select count(*) from written))

-- name: webhook_any :one
select exists (select from webhooks where deleted_at is null and active)

-- name: webhook_deliver :exec
-- $1: events in their order, each for whoever wants it.
insert into webhook_deliveries (id, webhook_id, event_id, event_type, ticket_id, traceparent, body)
select webhook_delivery_id(e.id, w.id), w.id, e.id, e.type, e.ticket_id, e.traceparent, event_shown(e.id::text, e.type, e.body)::text
from rows from (jsonb_to_recordset($1::jsonb) as (id uuid, type text, ticket_id uuid, webhook_id uuid, traceparent text, body text))
		with ordinality as e(id, type, ticket_id, webhook_id, traceparent, body, place)
	left join tickets t on t.id = e.ticket_id
	join webhooks w on w.deleted_at is null and w.active
		and webhook_wants(w, e.type, e.webhook_id, e.ticket_id, t.priority, t.category, t.tags)
order by e.place, w.id
on conflict (id) do nothing

-- name: webhook_again :exec
-- $1 the webhook, $2 what is asked for: what is delivered or given up goes out again, the oldest 10,000 that fit.
with chosen as (
	select id from webhook_deliveries d
	where d.webhook_id = $1::uuid and d.state in ('delivered', 'failed')
		and (not $2::jsonb ? 'deliveryId' or d.id = ($2::jsonb ->> 'deliveryId')::uuid)
		and (not $2::jsonb ? 'state' or d.state = $2::jsonb ->> 'state')
		and (not $2::jsonb ? 'event' or d.event_type = $2::jsonb ->> 'event')
		and (not $2::jsonb ? 'from' or d.created_at >= ($2::jsonb ->> 'from')::timestamptz)
		and (not $2::jsonb ? 'until' or d.created_at < ($2::jsonb ->> 'until')::timestamptz)
	order by d.seq limit 10000
)
update webhook_deliveries d set state = 'waiting', attempts = 0, replays = d.replays + 1, due_at = now(),
	expires_at = now() + interval '72 hours', finished_at = null
from chosen c where d.id = c.id

-- name: webhook_sender_lock :one
select pg_try_advisory_lock(hashtext('guichet.webhook'), $1::integer)

-- name: webhook_release :one
with stale as materialized (
	select distinct worker from webhook_deliveries where state = 'sending' and started_at < now() - interval '10 seconds'
), dead as materialized (
	select worker from stale where pg_try_advisory_xact_lock(hashtext('guichet.webhook'), worker)
), released as (
	update webhook_deliveries d set state = 'waiting', worker = null, started_at = null, due_at = now()
	from dead where d.worker = dead.worker and d.state = 'sending'
	returning 1
)
select count(*) from released

-- name: webhook_expire :exec
-- What could not be sent in its 72 hours: the webhook rests, or its endpoint never answered.
update webhook_deliveries set state = 'failed', error = coalesce(error, 'not sent within 72 hours'), finished_at = now()
where id in (select id from webhook_deliveries where state = 'waiting' and expires_at <= now() limit 1000)

-- name: webhook_claim :many
-- $1 the sender's number, $2 how many of one webhook may be on their way, $3 how many this sender takes. An endpoint that has
-- failed gets eight at a time, and one of an open circuit one alone.
with busy as materialized (
	select webhook_id, count(*)::integer as n from webhook_deliveries where state = 'sending' group by webhook_id
), endpoints as materialized (
	select w.id, w.ordered, greatest(0, case when coalesce(c.failures, 0) >= 10 then 1 when coalesce(c.failures, 0) > 0
		then least(8, $2::integer) else $2::integer end - coalesce(b.n, 0)) as room
	from webhooks w left join webhook_circuits c on c.webhook_id = w.id left join busy b on b.webhook_id = w.id
	where w.deleted_at is null and w.active and (c.open_until is null or c.open_until <= now())
), due as materialized (
	select d.id
	from endpoints e cross join lateral (
		select m.id from webhook_deliveries m
		where m.webhook_id = e.id and m.state = 'waiting' and m.due_at <= now()
			and (not e.ordered or m.ticket_id is null or not exists (select from webhook_deliveries p where p.webhook_id = e.id
				and p.ticket_id = m.ticket_id and p.state in ('waiting', 'sending') and p.seq < m.seq))
		order by m.due_at, m.seq
		limit e.room
		for update skip locked
	) d
	limit $3::integer
), claimed as (
	update webhook_deliveries d set state = 'sending', attempts = d.attempts + 1, started_at = now(), worker = $1::integer
	from due where d.id = due.id
	returning d.*
)
select c.id, c.webhook_id, c.event_type, c.attempts, c.traceparent, c.body, w.url, w.generation,
	case when w.previous_until > now() then w.previous_generation else 0 end
from claimed c join webhooks w on w.id = c.webhook_id
order by c.seq

-- name: webhook_record :exec
-- $1: what came of each delivery, which counts only for the claim it belongs to; $2: of each webhook whether something was
-- delivered, and the failures behind that. An endpoint whose circuit opens is left alone for wait_ms.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as r(id uuid, worker integer, state text, status integer, error text, took_ms integer,
		request text, answer text, wait_ms bigint)
), written as (
	update webhook_deliveries d set worker = null, started_at = null, status = nullif(r.status, 0), error = r.error, took_ms = r.took_ms,
		request = r.request, answer = r.answer, due_at = now() + make_interval(secs => r.wait_ms / 1000.0),
		state = case when r.state = 'waiting' and now() + make_interval(secs => r.wait_ms / 1000.0) >= d.expires_at then 'failed'
			else r.state end,
		finished_at = case when r.state <> 'waiting' or now() + make_interval(secs => r.wait_ms / 1000.0) >= d.expires_at then now() end
	from rows r
	where d.id = r.id and d.state = 'sending' and d.worker = r.worker
), endpoints as materialized (
	select * from jsonb_to_recordset($2::jsonb) as e(webhook_id uuid, delivered boolean, failures integer, wait_ms bigint)
)
insert into webhook_circuits as c (webhook_id, failures, open_until)
select webhook_id, failures, case when failures >= 10 then now() + make_interval(secs => wait_ms / 1000.0) end
from endpoints
on conflict (webhook_id) do update set (failures, open_until) = (
	select f.n, case when f.n >= 10
		then now() + make_interval(secs => least(e.wait_ms * power(2, least(f.n / 10 - 1, 10)), 600000) / 1000.0) end
	from endpoints e cross join lateral (
		select least(e.failures + case when e.delivered then 0 else c.failures end, 1000000)) as f(n)
	where e.webhook_id = c.webhook_id)

-- What is read.

-- name: webhook_list :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	jsonb_build_object('webhooks', coalesce((
		select jsonb_agg(webhook_json(w) order by w.created_at desc, w.id) from webhooks w where w.deleted_at is null), '[]'))::text,
	null::text
from actor_of($1::uuid) a

-- name: webhook_read :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when w.id is null then 'missing'
		else 'ok' end, w.version::bigint, a.role, case when w.id is not null then webhook_json(w)::text end, null::text
from actor_of($1::uuid) a
	left join webhooks w on w.id = ($3::jsonb ->> 'webhookId')::uuid and w.deleted_at is null

-- name: webhook_deliveries :one
with shown as (
	select d, row_number() over (order by d.seq desc) as place
	from webhook_page($3::jsonb, coalesce(($3::jsonb ->> 'limit')::bigint, 50) + 1) d
)
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when w.id is null then 'missing'
		else 'ok' end, null::bigint, a.role,
	coalesce((select jsonb_agg(delivery_json(s.d) order by s.place) from shown s
		where s.place <= coalesce(($3::jsonb ->> 'limit')::integer, 50)), '[]')::text,
	jsonb_build_object('limit', coalesce(($3::jsonb ->> 'limit')::integer, 50), 'nextCursor', (
		select min((s.d).seq) filter (where s.place <= coalesce(($3::jsonb ->> 'limit')::integer, 50))::text from shown s
		having count(*) > coalesce(($3::jsonb ->> 'limit')::integer, 50)))::text
from actor_of($1::uuid) a left join webhooks w on w.id = ($3::jsonb ->> 'webhookId')::uuid

-- name: webhook_delivery :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when d.id is null then 'missing'
		else 'ok' end, null::bigint, a.role, (delivery_json(d) || jsonb_build_object('tookMs', d.took_ms, 'request', d.request,
		'answer', d.answer))::text, null::text
from actor_of($1::uuid) a left join webhook_deliveries d on d.id = ($3::jsonb ->> 'deliveryId')::uuid

-- name: ctl_webhooks :many
select w.id, case when w.active then 'active' else 'rests' end, j ->> 'circuit', (j ->> 'failures')::bigint, (j ->> 'waiting')::bigint,
	(select count(*) from (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'failed' limit 10000) x), w.url
from webhooks w cross join lateral webhook_json(w) as j
where w.deleted_at is null order by w.created_at
