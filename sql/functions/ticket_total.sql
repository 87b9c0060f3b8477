-- How many tickets ticket_page would find without a page's end: exact from the counters where they hold it, that is of
-- one owner, of one assignee or of all, by status and priority; else counted to 1,000. Where words must be looked at those
-- of the newest 500 tickets are counted, so that a count does not cost more than the page beside it.
create or replace function ticket_total(wanted jsonb, owner uuid, words tsquery, internal boolean, matches uuid[], out total bigint,
	out is_exact boolean)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	filters jsonb := wanted - array['page', 'limit', 'cursor', 'sort', 'search', 'userId', 'highlight'];
	assignees text[] := case when filters ? 'assigneeId' then jsonb_texts(filters -> 'assigneeId') end;
	statuses text[] := case when filters ? 'status' then jsonb_texts(filters -> 'status') end;
	priorities text[] := case when filters ? 'priority' then jsonb_texts(filters -> 'priority') end;
	assignee uuid := nullif(assignees[1], 'none');
	most constant bigint := 1000;
	looked bigint;
begin
	if filters - array['assigneeId', 'status', 'priority'] = '{}' and words is null and matches is null
			and (assignees is null or owner is null and cardinality(assignees) = 1 and assignee is not null) then
		select coalesce(sum(c.n), 0) into total from ticket_counters c
		where c.scope = case when owner is not null then 'owner' when assignee is not null then 'assignee' else 'all' end
			and c.scope_id = coalesce(owner, assignee, '00000000-0000-0000-0000-000000000000')
			and (statuses is null or c.status = any(statuses))
			and (priorities is null or c.priority = any(priorities));
		is_exact := true;
		return;
	end if;
	if words is not null then
		select count(*) filter (where s.public_words @@ words or (internal and s.internal_words @@ words)), count(*) into total, looked
		from ticket_page(filters || '{"page": 1, "limit": 500}', owner, null, internal, matches) t
		join ticket_search s on s.ticket_id = t.id;
		is_exact := looked < 500;
		return;
	end if;
	select count(*) into total
	from ticket_page(filters || jsonb_build_object('page', 1, 'limit', most + 1), owner, words, internal, matches);
	is_exact := total <= most;
	total := least(total, most);
end $$;

-- For a ticket_list of the version before that is under way when this is made; the next version drops it.
create or replace function ticket_total(owner uuid, assignee uuid, wanted_status text, wanted_priority text, wanted_category text,
	overdue boolean, words tsquery, internal boolean, wanted_tag text, matches uuid[], out total bigint, out is_exact boolean)
language sql stable as $$
	select * from ticket_total(jsonb_strip_nulls(jsonb_build_object('assigneeId', assignee, 'status', wanted_status,
		'priority', wanted_priority, 'category', wanted_category, 'overdue', overdue, 'tag', wanted_tag)), owner, words,
		internal, matches)
$$;
