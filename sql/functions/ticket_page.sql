-- One page of tickets, newest first. Planned anew for each call: which index serves it
-- depends on which filters are there. owner NULL: everybody's. Without words the outer join
-- is planned away; an EXISTS behind an OR would be asked of every ticket.
create or replace function ticket_page(page bigint, page_size bigint, place text, owner uuid, assignee uuid, wanted_status text,
	wanted_priority text, wanted_category text, overdue boolean, words tsquery, internal boolean, wanted_tag text,
	matches uuid[], wanted_order text)
returns setof tickets
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select t.* from tickets t left join ticket_search s on s.ticket_id = t.id
	where t.deleted_at is null
		and (owner is null or t.owner_id = owner)
		and (assignee is null or t.assignee_id = assignee)
		and (wanted_status is null or t.status = wanted_status)
		and (wanted_priority is null or t.priority = wanted_priority)
		and (wanted_category is null or t.category = wanted_category)
		and (wanted_tag is null or t.tags @> array[wanted_tag])
		and (overdue is null or overdue = (t.due_at < now() and t.status not in ('resolved', 'closed')))
		and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
		and (matches is null or t.id = any(matches))
		and (place is null or (t.created_at, t.id) < (cursor_time(place), cursor_id(place)))
	-- A case that is constant when the statement is planned vanishes; newest first has an index for every filter, the
	-- other orders sort what the filters leave.
	order by
		case wanted_order when 'createdAt' then t.created_at when 'dueDate' then t.due_at end,
		case wanted_order when '-dueDate' then t.due_at when '-updatedAt' then t.updated_at end desc,
		case when wanted_order = '-priority' then array_position(array['urgent', 'high', 'medium', 'low'], t.priority) end,
		t.created_at desc, t.id desc
	limit page_size offset case when place is null then (page - 1) * page_size else 0 end;
end $$;
