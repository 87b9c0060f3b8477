-- Why: what staff writes for itself was shown to, or could be counted by, the person it is about: tags in tickets and
-- lists, links in the history, and gaps in version, seq and ids where internal comments stood. What an owner may not see
-- (queues/answers.def says for whom each member is) leaves no gap now: an owner's versions, and the places of comments and
-- changes, count only what he sees.

-- A change of these fields is staff's own; workers/ticket/columns.c has the same rule.
create function history_is_public(field text) returns boolean
language sql immutable parallel safe as $$ select field not in ('internal_comment', 'tags', 'link') $$;

alter table tickets add column public_version integer, add column public_updated_at timestamptz;
update tickets t set public_updated_at = updated_at, public_version = greatest(1, (
	select count(distinct h.version) from ticket_history h where h.ticket_id = t.id and history_is_public(h.field)));
alter table tickets alter column public_version set not null, alter column public_updated_at set not null;

-- Bit 128 of a read's access: tags are open to owners (the setting TAGS_FOR_OWNERS of ingress).
create function tags_are_open(is_staff boolean, access integer) returns boolean
language sql immutable parallel safe as $$ select is_staff or access & 128 <> 0 $$;

create function shown_version(t tickets, is_staff boolean) returns integer
language sql immutable parallel safe as $$ select case when is_staff then t.version else t.public_version end $$;

drop function ticket_json(tickets, boolean);
create function ticket_json(t tickets, is_staff boolean, access integer) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'description', t.description, 'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''),
		'userId', t.owner_id, 'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id,
		'watchers', t.watchers, 'resolution', t.resolution, 'commentCount', t.comment_count - case when is_staff then 0 else t.internal_count end,
		'version', shown_version(t, is_staff), 'createdAt', t.created_at,
		'updatedAt', case when is_staff then t.updated_at else t.public_updated_at end, 'resolvedAt', t.resolved_at, 'closedAt', t.closed_at,
		'dueDate', t.due_at, 'mergedInto', t.merged_into,
		'isOverdue', t.due_at < now() and t.status not in ('resolved', 'closed'),
		'sla', jsonb_build_object('responseDue', t.response_due_at, 'resolutionDue', t.due_at,
			'firstResponseAt', t.first_response_at))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
$$;

drop function ticket_row_json(tickets, boolean);
create function ticket_row_json(t tickets, is_staff boolean, access integer) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''), 'userId', t.owner_id,
		'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id, 'commentCount', t.comment_count - case when is_staff then 0 else t.internal_count end,
		'version', shown_version(t, is_staff), 'createdAt', t.created_at,
		'updatedAt', case when is_staff then t.updated_at else t.public_updated_at end, 'dueDate', t.due_at,
		'isOverdue', t.due_at < now() and t.status not in ('resolved', 'closed'))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
$$;

-- The place is that among the comments which the reader sees.
drop function comment_json(ticket_comments);
create function comment_json(c ticket_comments, place bigint) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'seq', place, 'userId', c.author_id,
		'content', c.content, 'isInternal', c.is_internal, 'createdAt', c.created_at, 'editedAt', c.edited_at)
$$;

-- Likewise id and version, for who does not see everything.
drop function history_json(ticket_history);
create function history_json(h ticket_history, shown_id bigint, version bigint) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', shown_id, 'ticketId', h.ticket_id, 'version', version, 'userId', h.actor_id,
		'action', case when h.version = 1 then 'created' when h.field in ('comment', 'internal_comment') then 'commented'
			else 'updated' end,
		'fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value, 'createdAt', h.created_at)
$$;

-- What a reader with these bits sees of a ticket's history, in order.
create function history_shown(ticket uuid, is_staff boolean, access integer)
returns table (change ticket_history, shown_id bigint, version bigint)
language sql stable as $$
	select h, case when is_staff then h.id else row_number() over (order by h.id) end,
		case when is_staff then h.version else dense_rank() over (order by h.version) end
	from ticket_history h
	where h.ticket_id = ticket and (is_staff or history_is_public(h.field)
		or (h.field = 'tags' and tags_are_open(is_staff, access)))
$$;

-- Events of accounts are administrators' business, as in the audit trail.
create function event_is_for_staff(type text, body text) returns boolean
language sql immutable parallel safe as $$
	select type like 'ticket.%' or (type = 'command.refused' and body::jsonb ? 'ticketId')
$$;

drop function events_after(xid8, bigint, xid8, date, bigint);
create function events_after(after_xid xid8, after_id bigint, before xid8, since date, most bigint, everything boolean)
returns table (day date, xid xid8, id bigint, body text)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan set enable_sort = off as $$
begin
	return query
	select o.day, o.xid, o.id, o.body from outbox o
	where o.exchange = 'guichet.events' and (o.xid, o.id) > (after_xid, after_id) and o.xid < before and o.day >= since
		and (everything or event_is_for_staff(o.type, o.body))
	order by o.xid, o.id
	limit most;
end $$;
revoke execute on function events_after(xid8, bigint, xid8, date, bigint, boolean) from public;

create or replace function event_feed(actor uuid, access integer, after text, page_size bigint, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    AS $_$
declare
	who record;
	horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
	since date := current_date - 28;
	after_xid xid8 := '0';
	after_id bigint := 0;
	page record;
begin
	page_size := coalesce(page_size, 100);
	select * into who from actor_of(actor);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if after = 'now' then
		after_xid := horizon;
	elsif after is not null then
		if after !~ '^\d{8}_\d{1,19}_\d{1,18}$' then
			raise invalid_text_representation using message = 'this is no place in the feed';
		end if;
		since := '-infinity';
		after_xid := split_part(after, '_', 2)::xid8;
		after_id := split_part(after, '_', 3)::bigint;
		-- Too old; or from the future: the database was restored since.
		if split_part(after, '_', 1)::date < current_date - 29 or after_xid > pg_snapshot_xmax(pg_current_snapshot()) then
			verdict := 'expired';
			return;
		end if;
	end if;

	select coalesce(jsonb_agg(e.body::jsonb order by e.xid, e.id) filter (where e.n <= page_size), '[]') as shown,
		count(*) > page_size as more, max(e.day) filter (where e.n = page_size) as day,
		(array_agg(e.xid) filter (where e.n = page_size))[1] as xid, max(e.id) filter (where e.n = page_size) as id
	into page
	from (select *, row_number() over (order by xid, id) as n
		from events_after(after_xid, after_id, horizon, since, page_size + 1, who.bits & 32 <> 0)) e;

	data := jsonb_build_object('events', page.shown);
	pagination := jsonb_build_object('limit', page_size, 'hasMore', page.more, 'nextCursor', case when page.more
		then to_char(page.day, 'YYYYMMDD') || '_' || page.xid || '_' || page.id
		else to_char(current_date, 'YYYYMMDD') || '_' || greatest(horizon, after_xid) || '_0' end);
end $_$;

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
