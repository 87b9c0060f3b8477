-- One page of tickets, newest first. wanted: what the client asks for, by the names of its READ row (queues/ticket.def):
-- page, limit, cursor, sort, and a filter a line below; what is not there filters nothing. A new filter is a FIELD of the
-- row and a line here. owner NULL: everybody's tickets; words and matches: see ticket_list.
--
-- Planned anew for each call: a filter is constant when the statement is planned, so that those which are not there
-- vanish, and which index serves the page depends on those which are. Without words the outer join is planned away; an
-- EXISTS behind an OR would be asked of every ticket.
create or replace function ticket_page(wanted jsonb, owner uuid, words tsquery, internal boolean, matches uuid[])
returns setof tickets
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	place text := wanted ->> 'cursor';
	page_size bigint := wanted ->> 'limit';
	skipped bigint := case when place is null then ((wanted ->> 'page')::bigint - 1) * page_size else 0 end;
	sort text := nullif(wanted ->> 'sort', '-createdAt');
begin
	return query
	select t.* from tickets t left join ticket_search s on s.ticket_id = t.id
	where t.deleted_at is null
		and (owner is null or t.owner_id = owner)
		and (not wanted ? 'assigneeId' or t.assignee_id = (wanted ->> 'assigneeId')::uuid)
		and (not wanted ? 'status' or t.status = wanted ->> 'status')
		and (not wanted ? 'priority' or t.priority = wanted ->> 'priority')
		and (not wanted ? 'category' or t.category = wanted ->> 'category')
		and (not wanted ? 'tag' or t.tags @> array[wanted ->> 'tag'])
		and (not wanted ? 'overdue'
			or (wanted ->> 'overdue')::boolean = (t.due_at < now() and t.status not in ('resolved', 'closed')))
		and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
		and (matches is null or t.id = any(matches))
		and (place is null or (t.created_at, t.id) < (cursor_time(place), cursor_id(place)))
	-- A case that is constant when the statement is planned vanishes; newest first has an index for every filter, the
	-- other orders sort what the filters leave.
	order by
		case sort when 'createdAt' then t.created_at when 'dueDate' then t.due_at end,
		case sort when '-dueDate' then t.due_at when '-updatedAt' then t.updated_at end desc,
		case when sort = '-priority' then array_position(array['urgent', 'high', 'medium', 'low'], t.priority) end,
		t.created_at desc, t.id desc
	limit page_size offset skipped;
end $$;

-- For a ticket_list of the version before that is under way when this is made; the next version drops it.
create or replace function ticket_page(page bigint, page_size bigint, place text, owner uuid, assignee uuid, wanted_status text,
	wanted_priority text, wanted_category text, overdue boolean, words tsquery, internal boolean, wanted_tag text,
	matches uuid[], wanted_order text)
returns setof tickets
language sql stable as $$
	select * from ticket_page(jsonb_strip_nulls(jsonb_build_object('page', page, 'limit', page_size, 'cursor', place,
		'assigneeId', assignee, 'status', wanted_status, 'priority', wanted_priority, 'category', wanted_category,
		'overdue', overdue, 'tag', wanted_tag, 'sort', wanted_order)), owner, words, internal, matches)
$$;
