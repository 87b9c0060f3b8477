-- 0017_audit.sql - a trail that can be asked: where an event came from, quick filters, segments that were pruned; and how
-- the mail server was at the last attempt.
--
-- The chain covers payload and origin: see workers/audit/main.c. A row without an origin is chained as before.
alter table audit_log add column if not exists origin text;

create index if not exists audit_log_by_time on audit_log (occurred_at, seq);
create index if not exists audit_log_by_address on audit_log (split_part(origin, ' ', 1), seq) where origin is not null;
create index if not exists audit_log_by_word on audit_log using gin (to_tsvector('simple', payload));

create index if not exists audit_log_erased on audit_log (seq) where payload is null;

-- What was pruned: the rows up to last_seq are gone, and the row behind them has last_hash for its prev_hash. The event
-- audit.pruned says the same in the trail that goes on.
create table if not exists audit_segments (
	last_seq bigint primary key,
	last_hash bytea not null,
	last_at timestamptz not null,
	closed_at timestamptz not null default now()
);

-- A part that is no program of ours, as the program that talks to it found it last.
create table if not exists dependencies (
	name text primary key,
	is_up boolean not null,
	since timestamptz not null default now(),
	said text
);
