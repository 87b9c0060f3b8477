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

-- The programs plan each statement once, whatever is asked for: planning the read of a ticket takes five times as
-- long as reading it, and a server left to choose may plan it each time. What follows is worth a plan of its own,
-- like ticket_page.
alter function search_is_common(tsquery, boolean) set plan_cache_mode = force_custom_plan;

-- Since a time (microseconds; 0: all that can still matter, so many seconds back): revoked sessions, and accounts whose
-- older tokens count no more. A transaction takes 10 s at most, hence the overlap.
create function revocations_since(since bigint, seconds bigint) returns table (id uuid, epoch integer, at bigint)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	oldest timestamptz := greatest(to_timestamp(since / 1000000.0) - interval '15 seconds', now() - make_interval(secs => seconds));
begin
	return query
	select s.id, null::integer, (extract(epoch from s.revoked_at) * 1000000)::bigint from sessions s where s.revoked_at > oldest
	union all
	select a.id, a.epoch, (extract(epoch from a.epoch_at) * 1000000)::bigint from accounts a where a.epoch_at > oldest;
end $$;

-- Events of the trail, newest first: which index serves them depends on the filters.
create function audit_rows(wanted_action text, wanted_resource uuid, wanted_actor uuid, most bigint, skipped bigint)
returns setof audit_log
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select * from audit_log
	where (wanted_action is null or action = wanted_action) and (wanted_resource is null or resource_id = wanted_resource)
		and (wanted_actor is null or actor_id = wanted_actor)
	order by seq desc
	limit most offset skipped;
end $$;
