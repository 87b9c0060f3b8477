-- One page of tickets. wanted: what the client asks for, by the names of its READ row (queues/ticket.def): page, limit,
-- cursor, sort, and a filter a line below; what is not there filters nothing, and a filter may have several values. A new
-- filter is a FIELD of the row and a line here. owner NULL: everybody's tickets; words and matches: see ticket_list.
--
-- Planned anew for each call: a filter is constant when the statement is planned, so that those which are not there
-- vanish, and which index serves the page depends on those which are. Without words the outer join is planned away; an
-- EXISTS behind an OR would be asked of every ticket.
--
-- Each order has an index of its own and ends with the id, so that a place (ticket_place) names one ticket. By the time of
-- the last change the index knows the two hours into which it falls; those are sorted (tickets.changed_in). An owner sees
-- another time of change, and has few tickets.
create or replace function ticket_page(wanted jsonb, owner uuid, words tsquery, internal boolean, matches uuid[])
returns setof tickets
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	place text := wanted ->> 'cursor';
	page_size bigint := wanted ->> 'limit';
	skipped bigint := case when place is null then ((wanted ->> 'page')::bigint - 1) * page_size else 0 end;
	sort text := coalesce(nullif(wanted ->> 'sort', 'relevance'), '-createdAt');
	rising boolean := sort not like '-%';
	key text := ltrim(sort, '-');
	rank integer := case when place is not null and key in ('priority', 'status') then split_part(place, '.', 1)::integer end;
	at timestamptz := case when place is not null and key <> 'number' then cursor_time(substr(place, 1 + strpos(split_part(place, '_', 1), '.'))) end;
	last_id uuid := case when place is not null then cursor_id(place) end;
	last_number text := case when place is not null and key = 'number' then split_part(place, '_', 1) end;
	changed integer := floor(extract(epoch from at) / 8192);
	statuses text[] := case when wanted ? 'status' then jsonb_texts(wanted -> 'status') end;
	priorities text[] := case when wanted ? 'priority' then jsonb_texts(wanted -> 'priority') end;
	categories text[] := case when wanted ? 'category' then jsonb_texts(wanted -> 'category') end;
	tags_wanted text[] := case when wanted ? 'tag' then jsonb_texts(wanted -> 'tag') end;
	people text[] := case when wanted ? 'assigneeId' then jsonb_texts(wanted -> 'assigneeId') end;
	assignees uuid[] := nullif(array_remove(people, 'none'), '{}');
	or_nobodys boolean := 'none' = any(people);
	status_1 text := case when cardinality(statuses) = 1 then statuses[1] end;
	priority_1 text := case when cardinality(priorities) = 1 then priorities[1] end;
	category_1 text := case when cardinality(categories) = 1 then categories[1] end;
	assignee_1 uuid := case when cardinality(assignees) = 1 and not or_nobodys then assignees[1] end;
	created_from timestamptz := case when wanted ? 'createdFrom' then moment_of(wanted ->> 'createdFrom') end;
	created_to timestamptz := case when wanted ? 'createdTo' then moment_behind(wanted ->> 'createdTo') end;
	updated_from timestamptz := case when wanted ? 'updatedFrom' then moment_of(wanted ->> 'updatedFrom') end;
	updated_to timestamptz := case when wanted ? 'updatedTo' then moment_behind(wanted ->> 'updatedTo') end;
	due_before timestamptz := case when wanted ? 'dueBefore' then moment_of(wanted ->> 'dueBefore') end;
	states text[] := case when wanted ? 'sla' then jsonb_texts(wanted -> 'sla') end;
	is_everyday boolean := sort = '-createdAt' and wanted - array['page', 'limit', 'cursor', 'sort', 'userId', 'search', 'highlight',
			'status', 'priority', 'category', 'assigneeId'] = '{}'
		and (status_1 is not null or statuses is null) and (priority_1 is not null or priorities is null)
		and (category_1 is not null or categories is null) and (assignee_1 is not null or people is null);
begin
	-- What nearly every list asks for, planned in half the time of the statement that knows everything.
	if is_everyday then
		return query
		select t.* from tickets t left join ticket_search s on s.ticket_id = t.id
		where t.deleted_at is null
			and (owner is null or t.owner_id = owner)
			and (assignee_1 is null or t.assignee_id = assignee_1)
			and (status_1 is null or rank_of_status(t.status) = rank_of_status(status_1))
			and (priority_1 is null or rank_of_priority(t.priority) = rank_of_priority(priority_1))
			and (category_1 is null or t.category = category_1)
			and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
			and (matches is null or t.id = any(matches))
			and (place is null or (t.created_at, t.id) < (at, last_id))
		order by t.created_at desc, t.id desc
		limit page_size offset skipped;
		return;
	end if;
	return query
	select t.* from tickets t left join ticket_search s on s.ticket_id = t.id
	where t.deleted_at is null
		and (owner is null or t.owner_id = owner)
		and (assignee_1 is null or t.assignee_id = assignee_1)
		and (people is null or assignee_1 is not null or t.assignee_id = any(assignees) or (or_nobodys and t.assignee_id is null))
		and (status_1 is null or rank_of_status(t.status) = rank_of_status(status_1))
		and (statuses is null or status_1 is not null or t.status = any(statuses))
		and (priority_1 is null or rank_of_priority(t.priority) = rank_of_priority(priority_1))
		and (priorities is null or priority_1 is not null or t.priority = any(priorities))
		and (category_1 is null or t.category = category_1)
		and (categories is null or category_1 is not null or t.category = any(categories))
		and (tags_wanted is null or t.tags && tags_wanted)
		and (not wanted ? 'number' or t.number = any(number_candidates(wanted ->> 'number')))
		and (created_from is null or t.created_at >= created_from)
		and (created_to is null or t.created_at < created_to)
		and (updated_from is null or not internal or t.changed_in >= floor(extract(epoch from updated_from) / 8192)::integer)
		and (updated_from is null or (case when internal then t.updated_at else t.public_updated_at end) >= updated_from)
		and (updated_to is null or (case when internal then t.updated_at else t.public_updated_at end) < updated_to)
		and (due_before is null or t.due_at < due_before)
		and (not wanted ? 'overdue'
			or (wanted ->> 'overdue')::boolean = (coalesce(t.due_at < now(), false) and t.status not in ('resolved', 'closed')))
		and (states is null or t.sla_state = any(states))
		and (not wanted ? 'snoozed' or (wanted ->> 'snoozed')::boolean = (t.snoozed_until is not null))
		and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
		and (matches is null or t.id = any(matches))
		and (place is null or case sort
			when 'createdAt' then (t.created_at, t.id) > (at, last_id)
			when 'dueDate' then (coalesce(t.due_at, timestamptz '9999-12-31T00:00:00Z'), t.id) > (at, last_id)
			when '-dueDate' then (coalesce(t.due_at, timestamptz '1970-01-01T00:00:00Z'), t.id) < (at, last_id)
			when 'dueAt' then (coalesce(t.sla_due_at, timestamptz '9999-12-31T00:00:00Z'), t.id) > (at, last_id)
			when '-dueAt' then (coalesce(t.sla_due_at, timestamptz '1970-01-01T00:00:00Z'), t.id) < (at, last_id)
			when 'priority' then (rank_of_priority(t.priority), t.created_at, t.id) > (rank, at, last_id)
			when '-priority' then (rank_of_priority(t.priority), t.created_at, t.id) < (rank, at, last_id)
			when 'status' then (rank_of_status(t.status), t.created_at, t.id) > (rank, at, last_id)
			when '-status' then (rank_of_status(t.status), t.created_at, t.id) < (rank, at, last_id)
			when 'number' then (length(t.number), t.number) > (length(last_number), last_number)
			when '-number' then (length(t.number), t.number) < (length(last_number), last_number)
			when 'updatedAt' then case when internal then (t.changed_in, t.updated_at, t.id) > (changed, at, last_id)
				else (t.public_updated_at, t.id) > (at, last_id) end
			when '-updatedAt' then case when internal then (t.changed_in, t.updated_at, t.id) < (changed, at, last_id)
				else (t.public_updated_at, t.id) < (at, last_id) end
			else (t.created_at, t.id) < (at, last_id) end)
	-- A case that is constant when the statement is planned vanishes.
	order by
		case when rising then case key when 'priority' then rank_of_priority(t.priority) when 'status' then rank_of_status(t.status)
			when 'number' then length(t.number) when 'updatedAt' then case when internal then t.changed_in end end end,
		case when not rising then case key when 'priority' then rank_of_priority(t.priority) when 'status' then rank_of_status(t.status)
			when 'number' then length(t.number) when 'updatedAt' then case when internal then t.changed_in end end end desc,
		case sort when 'number' then t.number end,
		case sort when '-number' then t.number end desc,
		case when rising and key <> 'number' then case key when 'dueDate' then coalesce(t.due_at, timestamptz '9999-12-31T00:00:00Z') when 'dueAt' then coalesce(t.sla_due_at, timestamptz '9999-12-31T00:00:00Z')
			when 'updatedAt' then case when internal then t.updated_at else t.public_updated_at end else t.created_at end end,
		case when not rising and key <> 'number' then case key when 'dueDate' then coalesce(t.due_at, timestamptz '1970-01-01T00:00:00Z') when 'dueAt' then coalesce(t.sla_due_at, timestamptz '1970-01-01T00:00:00Z')
			when 'updatedAt' then case when internal then t.updated_at else t.public_updated_at end else t.created_at end end desc,
		case when rising and key <> 'number' then t.id end,
		case when not rising and key <> 'number' then t.id end desc
	limit page_size offset skipped;
end $$;
