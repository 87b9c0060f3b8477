-- Why: whoever is asked how old the last good backup is must find an answer, and so must an alarm.

create table backups (
	id uuid primary key,
	started_at timestamptz not null default now(),
	ended_at timestamptz,
	folder text not null,                         -- on the machine that made it
	bytes bigint not null default 0,
	objects bigint not null default 0,            -- files among them
	outcome text not null default 'running',
	said text not null default '',                -- why it failed, or what is missing
	by_whom uuid,                                 -- null: guichetctl
	constraint backup_outcome_is_known check (outcome in ('running', 'done', 'failed')),
	constraint backup_that_ended_has_ended_at check ((outcome = 'running') = (ended_at is null))
);
create index backups_by_start on backups (started_at);
