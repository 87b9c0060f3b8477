-- 0008_pace - what the worker's pace hung on.

-- Of the inbox's partitions only that of the day is opened: a plan that asks for several days, or takes the day
-- from a join, opens all of them each time (a fifth of a millisecond, for nothing).
create function inbox_of_day(wanted date, ids uuid[]) returns setof inbox
language plpgsql stable rows 10 as $$
begin
	return query select * from inbox where day = wanted and command_id = any(ids);
end
$$;

-- Words wait in a list until it is full, and whoever fills it sorts them all in: with the default of 4 MB a commit
-- in some thousands takes 100 ms, with 1 MB 30, for a tenth more work. A search, which reads the list whole, has less
-- to read.
alter index ticket_search_public set (gin_pending_list_limit = 1024);
alter index ticket_search_internal set (gin_pending_list_limit = 1024);
alter index tickets_by_tag set (gin_pending_list_limit = 1024);
