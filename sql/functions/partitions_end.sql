-- The first day, from today on, that has no partition of its own.
create or replace function partitions_end() returns date
language sql stable security definer set search_path = public, pg_temp as $$
	select min(d.day)::date
	from generate_series(today(), today() + 15, '1 day') as d(day), unnest(array['inbox', 'outbox', 'event_inbox', 'log_lines']) as parent
	where to_regclass(parent || to_char(d.day, '_YYYYMMDD')) is null
$$;
