-- What a reader with these bits sees of the history of a ticket and of those that were merged into it, in order; a
-- version counts for the ticket that it is of.
create or replace function history_shown(ticket uuid, is_staff boolean, access integer)
returns table (change ticket_history, shown_id bigint, version bigint)
language sql stable as $$
	select h, case when is_staff then h.id else row_number() over (order by h.id) end,
		case when is_staff then h.version else dense_rank() over (partition by h.ticket_id order by h.version) end
	from ticket_family(ticket, is_staff) f(id) join ticket_history h on h.ticket_id = f.id
	where is_staff or history_is_public(h.field) or (h.field = 'tags' and tags_are_open(is_staff, access))
$$;
