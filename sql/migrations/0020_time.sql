-- Why: a ticket's deadlines are computed in working time, by a policy that can be asked why, and somebody acts on them.
--
-- Calendars and policies are few and small; each change is a version that stays, because what a ticket was promised is
-- explained by the version that said so. Who keeps them in memory asks for sla_state.epoch, which every change raises.
create table calendars (
	id uuid primary key,
	name text not null,
	body jsonb not null,                      -- timezone, weekly, holidays: queues/calendar_read.h
	version integer not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	deleted_at timestamptz,
	constraint calendar_name_is_given check (name <> '')
);
create unique index calendars_by_name on calendars (lower(name)) where deleted_at is null;
create table calendar_versions (
	calendar_id uuid not null references calendars,
	version integer not null,
	name text not null,
	body jsonb not null,
	changed_at timestamptz not null default now(),
	changed_by uuid,
	primary key (calendar_id, version)
);

create table sla_policies (
	id uuid primary key,
	name text not null,
	position integer not null,                -- the first that fits a ticket governs it
	calendar_id uuid references calendars,    -- null: every hour counts
	body jsonb not null,                      -- criteria, targets, warnings, escalations, autoCloseAfter, reminders
	version integer not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	deleted_at timestamptz,
	constraint sla_policy_name_is_given check (name <> '')
);
create unique index sla_policies_by_name on sla_policies (lower(name)) where deleted_at is null;
create table sla_policy_versions (
	policy_id uuid not null references sla_policies,
	version integer not null,
	name text not null,
	calendar_id uuid,
	body jsonb not null,
	changed_at timestamptz not null default now(),
	changed_by uuid,
	primary key (policy_id, version)
);

create table sla_state (
	epoch bigint not null default 1,
	singleton boolean primary key default true,
	constraint sla_state_has_one_row check (singleton)
);
insert into sla_state default values;

insert into sla_policies (id, name, position, body) values ('00000000-0000-8000-8000-000000000001', 'Default', 1000000, '{
	"criteria": {},
	"targets": {
		"urgent": {"firstResponse": 1800, "nextResponse": null, "resolution": 7200},
		"high": {"firstResponse": 7200, "nextResponse": null, "resolution": 14400},
		"medium": {"firstResponse": 14400, "nextResponse": null, "resolution": 86400},
		"low": {"firstResponse": 86400, "nextResponse": null, "resolution": 259200}},
	"warnings": [75, 90], "escalations": [], "autoCloseAfter": 86400, "reminders": []}');
insert into sla_policy_versions (policy_id, version, name, body) select id, version, name, body from sla_policies;

-- What governs a ticket, and its clocks; the times beside them are those that lists sort and filter by.
alter table tickets
	add column policy_id uuid,
	add column policy_version integer,
	alter column due_at drop not null,        -- of a clock that stands still there is no deadline
	alter column response_due_at drop not null,
	add column clocks text,                   -- JSON (workers/ticket/clocks.c); null: of a version before, made anew at the next command
	add column next_response_due_at timestamptz,
	add column sla_due_at timestamptz,        -- the earliest deadline that runs; null: none does
	add column sla_state text,                -- the worst of its clocks; null: nothing is promised
	add column snoozed_until timestamptz,
	add constraint ticket_sla_state_is_known check (sla_state in ('running', 'paused', 'met', 'warned', 'breached'));

-- What has no deadline comes last in either direction, and every place in a list names one ticket.
drop index tickets_by_due;
create index tickets_by_due on tickets (coalesce(due_at, '9999-12-31T00:00:00Z'::timestamptz), id);
create index tickets_by_due_last on tickets (coalesce(due_at, '1970-01-01T00:00:00Z'::timestamptz), id);
create index tickets_by_sla_due on tickets (coalesce(sla_due_at, '9999-12-31T00:00:00Z'::timestamptz), id);
create index tickets_by_sla_due_last on tickets (coalesce(sla_due_at, '1970-01-01T00:00:00Z'::timestamptz), id);
create index tickets_by_sla on tickets (sla_state, created_at desc, id desc) where sla_state <> 'met' and deleted_at is null;

-- What adds up to a deadline, clock by clock: stretches that end where something changed.
create table ticket_spans (
	id bigint generated always as identity primary key,
	ticket_id uuid not null references tickets,
	target text not null,
	kind text not null,                       -- worked or paused
	why text,                                 -- of a pause, or what ended the stretch
	from_at timestamptz not null,
	to_at timestamptz not null,
	worked_us bigint not null,                -- working time in it that counts
	policy_id uuid, policy_version integer, calendar_id uuid, calendar_version integer,
	constraint ticket_span_target_is_known check (target in ('first_response', 'next_response', 'resolution')),
	constraint ticket_span_kind_is_known check (kind in ('worked', 'paused'))
);
create index ticket_spans_of_ticket on ticket_spans (ticket_id, id);

-- What is due some day: a row for each kind and subject, written with the state it follows from; fired by the timer worker,
-- which looks by the index alone, rank by rank, so that what waits costs nothing.
create table timers (
	kind text not null,
	subject uuid not null,
	due_at timestamptz not null,
	version bigint not null,                  -- of what it follows from: who is woken by an old one does nothing
	rank smallint not null default 0,         -- the highest first when many are late: 4 is urgent, 1 is low
	payload jsonb,
	primary key (kind, subject),
	constraint timer_kind_is_known check (kind in ('sla', 'close', 'remind', 'wake', 'schedule', 'recompute')),
	constraint timer_rank_is_known check (rank between 0 and 4)
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 5000);
create index timers_due on timers (rank, due_at);
