-- Why: tickets that come again by themselves, and policies that change under tickets that are open.

-- When it comes next is the row of timers with the kind schedule.
create table schedules (
	id uuid primary key,
	name text not null,
	owner_id uuid not null references accounts, -- whose tickets they are
	rule text not null,                         -- iCalendar's RRULE: base/recurrence.h
	timezone text not null,                     -- on whose wall the rule counts
	starts_at timestamptz not null,             -- the first time, and the time of day
	active boolean not null default true,
	title text not null,
	description text not null,
	priority text not null default 'medium',
	category text,
	version integer not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	deleted_at timestamptz,
	constraint schedule_name_is_given check (name <> ''),
	constraint schedule_priority_is_known check (priority in ('low', 'medium', 'high', 'urgent'))
);
create index schedules_of_owner on schedules (owner_id) where deleted_at is null;

-- What is computed anew when a policy or a calendar changes, in the order of the walk.
create index tickets_alive on tickets (id) where status <> 'closed' and merged_into is null and deleted_at is null;
