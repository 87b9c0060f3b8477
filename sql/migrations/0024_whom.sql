-- Why: who has a notification reads it, or takes it away, by a command like any other; and what waited says when it was told.
alter table notifications
	add column version integer not null default 1, -- of what its recipient does with it
	add column told_at timestamptz;                -- when it was told, or its mail written
create index notifications_burst on notifications (ticket_id, recipient_id) where channel = 'email' and state in ('told', 'waiting');

-- What somebody of the staff, or a part of Guichet, has to say to one person.
create table notices (
	id uuid primary key,
	sender_id uuid references accounts,
	recipient_id uuid not null references accounts,
	kind text not null default '',  -- of the sender's own, for programs
	headline text not null,
	content text not null,
	data jsonb,
	priority text not null default 'normal',
	version integer not null default 1,
	created_at timestamptz not null default now(),
	constraint notice_priority_is_known check (priority in ('high', 'normal', 'low'))
);
create index notices_by_age on notices (created_at);

-- Whom a new and unassigned ticket is told to, and who is meant by a name in a comment.
create index accounts_staff on accounts (role) where role <> 'user' and active;
