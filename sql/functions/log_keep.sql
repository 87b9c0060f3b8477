-- Keeps lines of a log: an array of objects as base/log.h writes them. What is no line is passed over; a thousand at most.
create or replace function log_keep(named text, host text, lines jsonb) returns void
language sql as $$
	insert into log_lines (at, level, program, host, message, ids, line)
	select coalesce((l ->> 'ts')::timestamptz, now()), array_position(array['debug', 'info', 'notice', 'warning', 'error', 'critical'], l ->> 'level') - 1,
		named, host, left(coalesce(l ->> 'msg', ''), 2000), array_remove(array[l ->> 'request_id', l ->> 'command_id', l ->> 'trace_id'], null), l
	from jsonb_array_elements(lines) with ordinality as e(l, n)
	where jsonb_typeof(l) = 'object' and l ->> 'level' in ('debug', 'info', 'notice', 'warning', 'error', 'critical') and n <= 1000
	order by n
$$;
revoke execute on function log_keep(text, text, jsonb) from public;
