-- The days around this one: two weeks ahead, and for what may be late as far back as it is kept. Whoever starts calls
-- it, one at a time. False: somebody held a table, it must be tried again.
create or replace function partitions_make(today date) returns boolean
language plpgsql as $$
declare
	parent text;
	day date;
begin
	if not pg_try_advisory_xact_lock(hashtext('guichet.partitions')) then
		return true;
	end if;
	foreach parent in array array['inbox', 'outbox', 'event_inbox', 'log_lines'] loop
		for day in select generate_series(today - case when parent in ('outbox', 'log_lines') then 1 else 30 end, today + 14, '1 day')::date loop
			if not partition_make(parent, day) then
				return false;
			end if;
		end loop;
	end loop;
	return true;
end $$;

create or replace function partitions_make() returns boolean
language sql security definer set search_path = public, pg_temp as $$ select partitions_make(today()) $$;
revoke execute on function partitions_make(date), partitions_make() from public;
