-- What a reader with these bits sees of a ticket's history, in order.
create or replace function history_shown(ticket uuid, is_staff boolean, access integer)
returns table (change ticket_history, shown_id bigint, version bigint)
language sql stable as $$
	select h, case when is_staff then h.id else row_number() over (order by h.id) end,
		case when is_staff then h.version else dense_rank() over (order by h.version) end
	from ticket_history h
	where h.ticket_id = ticket and (is_staff or history_is_public(h.field)
		or (h.field = 'tags' and tags_are_open(is_staff, access)))
$$;
