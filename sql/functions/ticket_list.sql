-- Everything a list of tickets answers; several reads differ only in who may ask and what is fixed. wanted: see
-- ticket_page; search, words that the tickets must hold, and userId, the owner, are looked at here, and who "me" is among
-- the assignees. alike: the words, as JSON, that were asked for instead of those that are nowhere.
create or replace function ticket_list(actor uuid, access integer, wanted jsonb, out verdict text, out version bigint, out role text,
	out data text, out pagination text, out alike text)
language plpgsql stable as $$
declare
	who record;
	asked jsonb := '{"page": 1, "limit": 10}' || wanted;
	page bigint := asked ->> 'page';
	page_size bigint := asked ->> 'limit';
	owner uuid := asked ->> 'userId';
	question record;
	words tsquery;
	sort text := coalesce(asked ->> 'sort', '-createdAt');
	counted record;
	shown jsonb;
	next_place text;
	n integer;
begin
	select * into who from actor_of(actor);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden'
		when page * page_size > 100000 and not asked ? 'cursor' then 'too_far'
		else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if not who.is_staff then
		-- Who is not shown tags must not be able to ask for them either.
		if owner <> who.id or (asked ? 'tag' and not tags_are_open(false, access)) then
			verdict := 'forbidden';
			return;
		end if;
		owner := who.id;
	end if;
	if asked ? 'assigneeId' then
		asked := jsonb_set(asked, '{assigneeId}', to_jsonb(array_replace(jsonb_texts(asked -> 'assigneeId'), 'me', who.id::text)));
	end if;
	if asked ? 'search' then
		select * into question from words_asked(asked ->> 'search');
		words := question.words;
	end if;
	if words is null then
		select coalesce(jsonb_agg(ticket_row_json(t, who.is_staff, access)), '[]'), count(*),
			(array_agg(case when sort = '-createdAt' then cursor_of(t.created_at, t.id) else ticket_place(t, sort, who.is_staff) end))[count(*)]
		into shown, n, next_place
		from ticket_page(asked, owner, null, who.is_staff, null) t;
		if not asked ? 'cursor' and n < page_size and (n > 0 or page = 1) then -- the last page says it itself
			select (page - 1) * page_size + n as total, true as is_exact into counted;
		else
			select * into counted from ticket_total(asked, owner, null, who.is_staff, null);
		end if;
	else
		select * into counted from ticket_search_for(asked, owner, words, question.keys, who.is_staff);
		select coalesce(jsonb_agg(ticket_row_json(t, who.is_staff, access)
				|| case when (asked ->> 'highlight')::boolean then jsonb_build_object('highlight', search_extract(t, counted.words, who.is_staff))
					else '{}' end order by f.place), '[]'), count(*),
			(array_agg(ticket_place(t, sort, who.is_staff) order by f.place))[count(*)]
		into shown, n, next_place
		from unnest(counted.ids) with ordinality f(id, place) join tickets t using (id);
		alike := to_jsonb(counted.alike);
	end if;
	data := jsonb_build_object('tickets', shown, 'totalCount', counted.total, 'page', page, 'limit', page_size,
		'totalPages', ceil(counted.total::numeric / page_size));
	pagination := page_json(page, page_size, counted.total) || jsonb_build_object('currentPage', page,
		'totalTickets', counted.total, 'totalIsExact', counted.is_exact,
		'hasNext', case when counted.is_exact and not asked ? 'cursor' then page * page_size < counted.total else n = page_size end,
		'nextCursor', case when n = page_size and sort <> 'relevance' then next_place end);
end $$;

-- For an ingress of the version before, which gives each filter a place.
create or replace function ticket_list(actor uuid, access integer, page bigint, page_size bigint, place text, wanted_owner uuid,
	wanted_assignee uuid, wanted_status text, wanted_priority text, wanted_category text, overdue boolean, search text,
	wanted_tag text, wanted_order text, out verdict text, out version bigint, out role text, out data text, out pagination text)
language sql stable as $$
	select verdict, version, role, data, pagination from ticket_list(actor, access, jsonb_strip_nulls(jsonb_build_object('page', page, 'limit', page_size, 'cursor', place,
		'userId', wanted_owner, 'assigneeId', wanted_assignee, 'status', wanted_status, 'priority', wanted_priority,
		'category', wanted_category, 'overdue', overdue, 'search', search, 'tag', wanted_tag, 'sort', wanted_order)))
$$;
