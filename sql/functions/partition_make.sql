-- Makes one day of one table, unless it is there, or the day has rows in the default partition already. True: nothing
-- is left to do for it. Created apart and then attached, so that nobody waits for who reads the parent (pg_dump);
-- attaching needs the default partition for itself for a moment, and whoever waits behind it waits 200 ms at most.
create or replace function partition_make(parent text, day date) returns boolean
language plpgsql set lock_timeout = '200ms' as $$
declare
	child text := parent || to_char(day, '_YYYYMMDD');
	taken boolean;
begin
	if to_regclass(child) is not null then
		return true;
	end if;
	execute format('select exists (select from %I where day = $1)', parent || '_default') into taken using day;
	if not taken then
		execute format('create table %I (like %I including defaults including constraints)', child, parent);
		execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, day, day + 1);
	end if;
	return true;
exception
	when lock_not_available then
		return false;
	when check_violation then -- a row of that day came into the default partition meanwhile
		return true;
end $$;
revoke execute on function partition_make(text, date) from public;
