-- Why: what is wrong is found, told and kept by a program, so that nobody has to look for it.

-- What guichet-monitor saw last (docs/OPERATIONS.md), and every ten seconds of a day. Nothing here must be kept.
create unlogged table monitor_state (
	only_row boolean primary key default true,
	at timestamptz not null,
	snapshot jsonb not null,
	constraint monitor_state_is_one_row check (only_row)
);
create unlogged table monitor_series (
	at timestamptz primary key,
	figures jsonb not null                        -- {"queues": {name: [waiting, in a second, out a second]}, ...}
);

-- What is wrong, and what was. name is a row of workers/monitor/alerts.def, subject what of it: a queue, a program, or "".
create table alerts (
	id uuid primary key,
	name text not null,
	subject text not null,
	severity text not null,
	since timestamptz not null,                   -- when it was first seen
	seen_at timestamptz not null default now(),
	value double precision not null,
	message jsonb not null,                       -- {"fr", "en"}: what is wrong
	todo jsonb not null,                          -- {"fr", "en"}: what to do
	acked_at timestamptz,
	acked_by uuid,
	resolved_at timestamptz,
	constraint alert_severity_is_known check (severity in ('critical', 'warning', 'info'))
);
create unique index alerts_open on alerts (name, subject) where resolved_at is null;
create index alerts_by_age on alerts (since);

create index dead_letters_open on dead_letters (died_at) where state = 'open';
