-- The relay's upkeep: a slice of what has had its time. True: there is more.
create or replace function upkeep_sweep() returns boolean
language sql security definer set search_path = public, pg_temp as $$ select sweep(upkeep_day(now()), 1000) >= 1000 $$;
revoke execute on function upkeep_sweep() from public;
