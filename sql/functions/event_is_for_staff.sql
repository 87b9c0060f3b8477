-- Events of accounts are administrators' business, as in the audit trail; so are those of files that hang on no ticket.
create or replace function event_is_for_staff(type text, body text) returns boolean
language sql immutable parallel safe as $$
	select type like 'ticket.%' or (type = 'command.refused' and coalesce(json_of(body) ? 'ticketId', false))
		or (type like 'file.%' and coalesce(json_of(body) -> 'data' ? 'ticketId', false))
$$;
