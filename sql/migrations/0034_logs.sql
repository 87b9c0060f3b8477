-- Why: what programs log can be looked for in one place, when the setting says so (LOG_KEEP), and so can what others say
-- about Guichet (POST /logs).
create table log_lines (
	day date not null default today(),
	seq bigint generated always as identity,
	at timestamptz not null,
	level smallint not null,                      -- 0 debug to 5 critical, as base/log.h has it
	program text not null,
	host text not null,
	message text not null,
	ids text[] not null,                          -- of the request, the command and the trace, those that there are
	line jsonb not null
) partition by range (day);
create table log_lines_default partition of log_lines default;
create index log_lines_in_order on log_lines (at, seq);
create index log_lines_of_id on log_lines using gin (ids);
create index log_lines_by_level on log_lines (level, at) where level >= 3;
