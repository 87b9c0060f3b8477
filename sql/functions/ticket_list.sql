-- Everything a list of tickets answers; several reads differ only in who may ask and what is fixed. wanted: see
-- ticket_page; search, words that the tickets must hold, and userId, the owner, are looked at here.
create or replace function ticket_list(actor uuid, access integer, wanted jsonb, out verdict text, out version bigint, out role text,
	out data text, out pagination text)
language plpgsql stable as $$
declare
	who record;
	asked jsonb := '{"page": 1, "limit": 10}' || wanted;
	page bigint := asked ->> 'page';
	page_size bigint := asked ->> 'limit';
	newest_first boolean := coalesce(asked ->> 'sort', '-createdAt') = '-createdAt';
	owner uuid := asked ->> 'userId';
	words tsquery := websearch_to_tsquery('simple', nullif(asked ->> 'search', ''));
	matches uuid[];
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
	if words is not null and owner is null and not search_is_common(words, who.is_staff) then
		matches := search_matches(words, who.is_staff);
		words := case when matches is null then words end;
	end if;
	select coalesce(jsonb_agg(ticket_row_json(t, who.is_staff, access)), '[]'), count(*), (array_agg(cursor_of(t.created_at, t.id)))[count(*)]
	into shown, n, next_place
	from ticket_page(asked, owner, words, who.is_staff, matches) t;
	if not asked ? 'cursor' and n < page_size and (n > 0 or page = 1) then -- the last page says it itself
		select (page - 1) * page_size + n as total, true as is_exact into counted;
	else
		select * into counted from ticket_total(asked, owner, words, who.is_staff, matches);
	end if;
	data := jsonb_build_object('tickets', shown, 'totalCount', counted.total, 'page', page, 'limit', page_size,
		'totalPages', ceil(counted.total::numeric / page_size));
	pagination := page_json(page, page_size, counted.total) || jsonb_build_object('currentPage', page,
		'totalTickets', counted.total, 'totalIsExact', counted.is_exact,
		'hasNext', case when counted.is_exact and not asked ? 'cursor' then page * page_size < counted.total else n = page_size end,
		'nextCursor', case when n = page_size and newest_first then next_place end);
end $$;

-- For an ingress of the version before, which gives each filter a place.
create or replace function ticket_list(actor uuid, access integer, page bigint, page_size bigint, place text, wanted_owner uuid,
	wanted_assignee uuid, wanted_status text, wanted_priority text, wanted_category text, overdue boolean, search text,
	wanted_tag text, wanted_order text, out verdict text, out version bigint, out role text, out data text, out pagination text)
language sql stable as $$
	select * from ticket_list(actor, access, jsonb_strip_nulls(jsonb_build_object('page', page, 'limit', page_size, 'cursor', place,
		'userId', wanted_owner, 'assigneeId', wanted_assignee, 'status', wanted_status, 'priority', wanted_priority,
		'category', wanted_category, 'overdue', overdue, 'search', search, 'tag', wanted_tag, 'sort', wanted_order)))
$$;
