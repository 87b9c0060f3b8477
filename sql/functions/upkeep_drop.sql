-- The relay's upkeep, each part a statement of its own, so that no lock outlives its part.
create or replace function upkeep_drop(parent text) returns text
language sql security definer set search_path = public, pg_temp as $$
	select partition_drop(parent, upkeep_day(now())) where parent in ('inbox', 'outbox', 'event_inbox', 'log_lines')
$$;
revoke execute on function upkeep_drop(text) from public;
