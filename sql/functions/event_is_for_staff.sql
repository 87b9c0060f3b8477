-- Events of accounts are administrators' business, as in the audit trail.
create or replace function event_is_for_staff(type text, body text) returns boolean
language sql immutable parallel safe as $$
	select type like 'ticket.%' or (type = 'command.refused' and coalesce(json_of(body) ? 'ticketId', false))
$$;
