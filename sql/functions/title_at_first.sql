-- The title that a ticket was opened with: the subject of all mails about it.
create or replace function title_at_first(t tickets) returns text
language sql stable as $$
	select coalesce((select h.new_value from ticket_history h
		where h.ticket_id = t.id and h.version = 1 and h.field = 'title' limit 1), t.title)
$$;
