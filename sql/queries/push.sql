-- push.sql - web push: a notification of channel push, for each browser of its recipient; what is due, and what came of it. The
-- browsers stand in accounts.notifications -> 'push', which the account worker writes.

-- name: push_spread :exec
with told as materialized (
	select id, recipient_id from notifications
	where channel = 'push' and state = 'told' and pushed_at is null
	order by created_at limit 100
	for update skip locked
), marked as (
	update notifications n set pushed_at = now() from told where n.id = told.id
)
insert into push_deliveries (notification_id, account_id, subscription_id)
select told.id, a.id, (s.s ->> 'id')::uuid
from told join accounts a on a.id = told.recipient_id and a.active
	cross join lateral jsonb_array_elements(a.notifications -> 'push') as s(s)
on conflict do nothing

-- name: push_release :exec
with stale as materialized (
	select distinct worker from push_deliveries where state = 'sending' and started_at < now() - interval '10 seconds'
), dead as materialized (
	select worker from stale where pg_try_advisory_xact_lock(hashtext('guichet.webhook'), worker)
)
update push_deliveries d set state = 'waiting', worker = null, started_at = null, due_at = now()
from dead where d.worker = dead.worker and d.state = 'sending'

-- name: push_claim :many
-- $1 the sender's number, $2 how many. What is too old, or for a browser that is gone, ends here.
with due as materialized (
	select id from push_deliveries where state = 'waiting' and due_at <= now() order by due_at limit $2::integer for update skip locked
), known as materialized (
	select d.id, s.s, d.expires_at > now() and s.s is not null as is_good
	from due join push_deliveries d using (id) join accounts a on a.id = d.account_id
		left join lateral (select t.s from jsonb_array_elements(a.notifications -> 'push') as t(s)
			where t.s ->> 'id' = d.subscription_id::text and a.active) s on true
), claimed as (
	update push_deliveries d set state = case when is_good then 'sending' else 'failed' end, worker = case when is_good then $1::integer end,
		attempts = d.attempts + case when is_good then 1 else 0 end, started_at = case when is_good then now() end,
		finished_at = case when not is_good then now() end,
		error = case when is_good then d.error else coalesce(d.error, 'too old, or nobody is subscribed any more') end
	from known k where d.id = k.id
	returning d.*, k.s, k.is_good
)
select c.id, c.account_id, c.subscription_id, c.attempts, c.s ->> 'endpoint', c.s ->> 'p256dh', c.s ->> 'auth', n.priority,
	coalesce(n.ticket_id, n.id), greatest(extract(epoch from c.expires_at - now()), 0)::bigint,
	jsonb_build_object('id', n.id, 'type', n.topic, 'ticketId', n.ticket_id, 'title', left(n.title, 120), 'body', left(n.body, 500))::text
from claimed c join notifications n on n.id = c.notification_id
where c.is_good

-- name: push_record :exec
update push_deliveries d set state = r.state, worker = null, started_at = null, status = nullif(r.status, 0), error = r.error,
	due_at = now() + make_interval(secs => r.wait_ms / 1000.0), finished_at = case when r.state <> 'waiting' then now() end
from jsonb_to_recordset($1::jsonb) as r(id uuid, worker integer, state text, status integer, error text, wait_ms bigint)
where d.id = r.id and d.state = 'sending' and d.worker = r.worker
