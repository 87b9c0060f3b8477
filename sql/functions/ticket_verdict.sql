-- The bit 4 (owner) comes with the ticket.
create or replace function ticket_verdict(active boolean, bits integer, access integer, actor uuid, ticket uuid, owner uuid) returns text
language sql immutable as $$
	select case when not active then 'disabled' when ticket is null then 'missing'
		when (bits | case when owner = actor then 4 else 0 end) & access <> 0 then 'ok' else 'forbidden' end
$$;
