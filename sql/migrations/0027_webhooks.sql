-- Why: other programs are told of events as they happen, by HTTP, and nothing that they missed is lost.

-- Web push: which notifications were handed on to the browsers of their recipient (accounts.notifications -> 'push'), and what
-- came of each. Written by the webhook worker, which sends both.
alter table notifications add column pushed_at timestamptz;
create index notifications_to_push on notifications (created_at) where channel = 'push' and state = 'told' and pushed_at is null;
create table push_deliveries (
	id uuid primary key default gen_random_uuid(),
	notification_id uuid not null references notifications on delete cascade,
	account_id uuid not null,
	subscription_id uuid not null,
	state text not null default 'waiting',
	attempts integer not null default 0,
	due_at timestamptz not null default now(),
	expires_at timestamptz not null default now() + interval '24 hours', -- an older one is no news
	worker integer,
	started_at timestamptz,
	status integer,
	error text,
	created_at timestamptz not null default now(),
	finished_at timestamptz,
	constraint push_state_is_known check (state in ('waiting', 'sending', 'delivered', 'failed')),
	constraint push_is_sent_once unique (notification_id, subscription_id)
);
create index push_deliveries_due on push_deliveries (due_at) where state = 'waiting';
create index push_deliveries_sending on push_deliveries (worker) where state = 'sending';
create index push_deliveries_by_age on push_deliveries (created_at);

-- Written by the desk worker. A secret is derived from the webhook's id and the generation (queues/webhook_secret.h).
create table webhooks (
	id uuid primary key,
	url text not null,
	events text[] not null,
	filter jsonb not null default '{}',
	ordered boolean not null default false, -- what is about one ticket goes out one after the other
	active boolean not null default true,
	note text,
	stopped_by text,                        -- what the endpoint said that ended it
	generation integer not null,
	previous_generation integer not null default 0,
	previous_until timestamptz,             -- the secret before signs, too, until then
	version integer not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	deleted_at timestamptz,
	constraint webhook_wants_something check (events <> '{}')
);

-- Written by the webhook worker: an event, for a webhook. The id follows from both, so that a repetition is the same row.
create table webhook_deliveries (
	id uuid primary key,
	seq bigint generated always as identity, -- the order of the events
	webhook_id uuid not null references webhooks,
	event_id uuid not null,
	event_type text not null,
	ticket_id uuid,
	state text not null default 'waiting',
	attempts integer not null default 0,
	replays integer not null default 0,
	due_at timestamptz not null default now(),
	expires_at timestamptz not null default now() + interval '72 hours',
	worker integer,                          -- while it is sending: who holds the lock of that number
	started_at timestamptz,
	status integer,                          -- of the last answer
	error text,
	took_ms integer,
	request text,
	answer text,
	traceparent text,
	created_at timestamptz not null default now(),
	finished_at timestamptz,
	body text not null,                      -- what is sent, to the letter
	constraint delivery_state_is_known check (state in ('waiting', 'sending', 'delivered', 'failed')),
	constraint delivery_is_sent_by_somebody check ((state = 'sending') = (worker is not null))
);
create index webhook_deliveries_due on webhook_deliveries (webhook_id, due_at, seq) where state = 'waiting';
create index webhook_deliveries_sending on webhook_deliveries (webhook_id) where state = 'sending';
create index webhook_deliveries_of_ticket on webhook_deliveries (webhook_id, ticket_id, seq) where state in ('waiting', 'sending');
create index webhook_deliveries_of_webhook on webhook_deliveries (webhook_id, seq);
create index webhook_deliveries_expiring on webhook_deliveries (expires_at) where state = 'waiting';
create index webhook_deliveries_by_age on webhook_deliveries (created_at);

-- How an endpoint does: failures in a row; from the tenth on nothing is sent before open_until, then one delivery to see.
create table webhook_circuits (
	webhook_id uuid primary key references webhooks,
	failures integer not null default 0,
	open_until timestamptz
);
