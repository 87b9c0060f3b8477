-- A place in a list in any order, "<keys>_<id>" of the last ticket shown; see ticket_page for the orders. internal: as
-- staff sees it.
create or replace function ticket_place(t tickets, sort text, internal boolean) returns text
language sql stable as $$
	select case ltrim(sort, '-') when 'dueDate' then cursor_of(coalesce(t.due_at, sort_last(sort)), t.id)
		when 'dueAt' then cursor_of(coalesce(t.sla_due_at, sort_last(sort)), t.id)
		when 'updatedAt' then cursor_of(case when internal then t.updated_at else t.public_updated_at end, t.id)
		when 'priority' then rank_of_priority(t.priority) || '.' || cursor_of(t.created_at, t.id)
		when 'status' then rank_of_status(t.status) || '.' || cursor_of(t.created_at, t.id)
		when 'number' then t.number || '_' || t.id
		else cursor_of(t.created_at, t.id) end
$$;
