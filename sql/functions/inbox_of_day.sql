-- Of the inbox's partitions only that of the day is opened: a plan that asks for several days, or takes the day
-- from a join, opens all of them each time (a fifth of a millisecond, for nothing). Planned once a connection, and by
-- the key, as outbox_names_its_actors() is.
create or replace function inbox_of_day(wanted date, ids uuid[]) returns setof inbox
language plpgsql stable rows 10 set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
begin
	return query select * from inbox where day = wanted and command_id = any(ids);
end
$$;
