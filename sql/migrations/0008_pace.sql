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

-- One page of the trail, newest first: which index serves it depends on the filters.
create function audit_page(actor uuid, access integer, page bigint, page_size bigint, wanted_action text,
	wanted_resource uuid, wanted_actor uuid, out verdict text, out version bigint, out role text, out data text,
	out pagination text)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	who record;
	total bigint;
begin
	page := coalesce(page, 1);
	page_size := coalesce(page_size, 50);
	select * into who from actor_of(actor);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	select coalesce(jsonb_agg(audit_json(a) order by a.seq desc), '[]') into data
	from (select * from audit_log l
		where (wanted_action is null or l.action = wanted_action) and (wanted_resource is null or l.resource_id = wanted_resource)
			and (wanted_actor is null or l.actor_id = wanted_actor)
		order by l.seq desc limit page_size offset (page - 1) * page_size) a;
	select count(*) into total from (select from audit_log l
		where (wanted_action is null or l.action = wanted_action) and (wanted_resource is null or l.resource_id = wanted_resource)
			and (wanted_actor is null or l.actor_id = wanted_actor)
		limit 1000) counted;
	pagination := page_json(page, page_size, total);
end $$;
