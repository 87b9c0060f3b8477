-- The number of a ticket.
create or replace function ticket_number_of(ticket uuid) returns text
language plpgsql stable as $$
begin
	return (select t.number from tickets t where t.id = ticket);
end $$;
