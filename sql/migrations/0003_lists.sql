-- Why: lists that open as fast with millions of tickets as with ten. The page is found by an index
-- in its own order, the total comes from the counters where they hold it.

-- What a client may be shown of a ticket in a list: no description, no comments.
create function ticket_row_json(t tickets, is_staff boolean) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''), 'userId', t.owner_id,
		'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id, 'tags', t.tags, 'commentCount', t.comment_count - case when is_staff then 0 else t.internal_count end,
		'version', t.version, 'createdAt', t.created_at, 'updatedAt', t.updated_at, 'dueDate', t.due_at,
		'isOverdue', t.due_at < now() and t.status not in ('resolved', 'closed'))
$$;

-- A place in the list: "<microseconds>_<id>" of the last ticket shown.
create function cursor_of(at timestamptz, id uuid) returns text
language sql immutable as $$ select (extract(epoch from at) * 1000000)::bigint || '_' || id $$;

create function cursor_time(place text) returns timestamptz
language sql immutable as $$
	select to_timestamp(split_part(place, '_', 1)::bigint / 1000000)
		+ make_interval(secs => (split_part(place, '_', 1)::bigint % 1000000) / 1000000.0)
$$;

create function cursor_id(place text) returns uuid
language sql immutable as $$ select split_part(place, '_', 2)::uuid $$;

-- The tickets with these words, found by the words; NULL when they are so many that the newest
-- ones are found sooner by their age. The planner knows how frequent a frequent word is, but of
-- a rare one only that it is none of those, and would walk through a million tickets for it.
create function search_matches(words tsquery, internal boolean) returns uuid[]
language plpgsql stable set plan_cache_mode = force_custom_plan set enable_seqscan = off set enable_indexscan = off as $$
declare
	matches uuid[];
begin
	select array_agg(ticket_id) into matches from (select s.ticket_id from ticket_search s
		where s.public_words @@ words or (internal and s.internal_words @@ words) limit 2001) found;
	return case when cardinality(matches) > 2000 then null else coalesce(matches, '{}') end;
end $$;

-- Has one in ten of the newest tickets these words? Then they need not be looked up.
create function search_is_common(words tsquery, internal boolean) returns boolean
language plpgsql stable as $$
begin
	return count(*) >= 10
	from (select t.id from tickets t order by t.created_at desc, t.id desc limit 100) newest
	join ticket_search s on s.ticket_id = newest.id
	where s.public_words @@ words or (internal and s.internal_words @@ words);
end $$;

-- One page of tickets, newest first. Planned anew for each call: which index serves it
-- depends on which filters are there. owner NULL: everybody's. Without words the outer join
-- is planned away; an EXISTS behind an OR would be asked of every ticket.
create function ticket_page(page bigint, page_size bigint, place text, owner uuid, assignee uuid, wanted_status text,
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

-- How many there are: exact from the counters where they hold it, else counted to 1,000; to 100
-- where words must be looked at, so that a count does not cost more than the page beside it.
create function ticket_total(owner uuid, assignee uuid, wanted_status text, wanted_priority text, wanted_category text,
	overdue boolean, words tsquery, internal boolean, wanted_tag text, matches uuid[], out total bigint, out is_exact boolean)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	most bigint := case when words is null then 1000 else 100 end;
begin
	if wanted_category is null and overdue is null and words is null and wanted_tag is null and matches is null
			and (owner is null or assignee is null) then
		select coalesce(sum(c.n), 0) into total from ticket_counters c
		where c.scope = case when owner is not null then 'owner' when assignee is not null then 'assignee' else 'all' end
			and c.scope_id = coalesce(owner, assignee, '00000000-0000-0000-0000-000000000000')
			and (wanted_status is null or c.status = wanted_status)
			and (wanted_priority is null or c.priority = wanted_priority);
		is_exact := true;
		return;
	end if;
	select count(*) into total from ticket_page(1, most + 1, null, owner, assignee, wanted_status, wanted_priority,
		wanted_category, overdue, words, internal, wanted_tag, matches, null);
	is_exact := total <= most;
	total := least(total, most);
end $$;

create index tickets_by_category on tickets (category, created_at desc, id desc) where deleted_at is null and category <> '';
create index tickets_by_tag on tickets using gin (tags) where tags <> '{}';
create index tickets_resolved on tickets (resolved_at desc) where resolved_at is not null and deleted_at is null;

-- What a scope_id of scope 'category' stands for.
create table ticket_categories (
	id uuid primary key,
	name text not null
);

-- Everything a list of tickets answers; several reads differ only in who may ask and what is fixed.
create function ticket_list(actor uuid, access integer, page bigint, page_size bigint, place text, wanted_owner uuid,
	wanted_assignee uuid, wanted_status text, wanted_priority text, wanted_category text, overdue boolean, search text,
	wanted_tag text, wanted_order text, out verdict text, out version bigint, out role text, out data text, out pagination text)
language plpgsql stable as $$
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
		owner := who.id;
	end if;
	if words is not null and owner is null and not search_is_common(words, who.is_staff) then
		matches := search_matches(words, who.is_staff);
		words := case when matches is null then words end;
	end if;
	select coalesce(jsonb_agg(ticket_row_json(t, who.is_staff)), '[]'), count(*), (array_agg(cursor_of(t.created_at, t.id)))[count(*)]
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
