-- Everything a list of tickets answers; several reads differ only in who may ask and what is fixed.
create or replace function ticket_list(actor uuid, access integer, page bigint, page_size bigint, place text, wanted_owner uuid, wanted_assignee uuid, wanted_status text, wanted_priority text, wanted_category text, overdue boolean, search text, wanted_tag text, wanted_order text, OUT verdict text, OUT version bigint, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	who record;
	owner uuid := wanted_owner;
	words tsquery := websearch_to_tsquery('simple', nullif(search, ''));
	matches uuid[];
	counted record;
	shown jsonb;
	next_place text;
	n integer;
begin
	page := coalesce(page, 1);
	page_size := coalesce(page_size, 10);
	select * into who from actor_of(actor);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden'
		when page * page_size > 100000 and place is null then 'too_far'
		else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if not who.is_staff then
		if wanted_owner is not null and wanted_owner <> who.id then
			verdict := 'forbidden';
			return;
		end if;
		-- Who is not shown tags must not be able to ask for them either.
		if wanted_tag is not null and not tags_are_open(false, access) then
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
	from ticket_page(page, page_size, place, owner, wanted_assignee, wanted_status, wanted_priority, wanted_category,
		overdue, words, who.is_staff, wanted_tag, matches, nullif(wanted_order, '-createdAt')) t;
	if place is null and n < page_size and (n > 0 or page = 1) then -- the last page says it itself
		select (page - 1) * page_size + n as total, true as is_exact into counted;
	else
		select * into counted from ticket_total(owner, wanted_assignee, wanted_status, wanted_priority, wanted_category,
			overdue, words, who.is_staff, wanted_tag, matches);
	end if;
	data := jsonb_build_object('tickets', shown, 'totalCount', counted.total, 'page', page, 'limit', page_size,
		'totalPages', ceil(counted.total::numeric / page_size));
	pagination := page_json(page, page_size, counted.total) || jsonb_build_object('currentPage', page,
		'totalTickets', counted.total, 'totalIsExact', counted.is_exact,
		'hasNext', case when counted.is_exact and place is null then page * page_size < counted.total else n = page_size end,
		'nextCursor', case when n = page_size and coalesce(wanted_order, '-createdAt') = '-createdAt' then next_place end);
end $$;
