-- Why: operators see every program that runs, hold up what is to rest, and see more of what one program does.

-- What each process says of itself every two seconds. Nothing here must be kept: not logged, not in a standby.
create unlogged table program_instances (
	instance uuid primary key,                    -- drawn when the process starts
	program text not null,                        -- as queues/programs.def has it
	host text not null,
	pid integer not null,
	version text not null,
	started_at timestamptz not null,
	seen_at timestamptz not null default now(),
	facts jsonb not null                          -- queues/instance.h
);
create index program_instances_by_program on program_instances (program, seen_at);

-- What rests: a queue that nobody takes from, or a program that does nothing.
create table operator_pauses (
	target text primary key,
	why text not null,
	since timestamptz not null default now(),
	until timestamptz,                            -- null: until somebody ends it
	by_whom uuid                                  -- null: guichetctl
);

-- Which programs log more, or less, than LOG_LEVEL says.
create table operator_log_levels (
	program text primary key,
	level text not null,
	since timestamptz not null default now(),
	until timestamptz not null,
	by_whom uuid,
	constraint operator_log_level_is_known check (level in ('debug', 'info', 'notice', 'warning', 'error', 'critical'))
);
