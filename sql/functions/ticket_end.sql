-- The ticket that lives in the end of a chain of merges; itself when it is not merged. A merge cannot make a circle; what
-- an older version may have left ends here all the same.
create or replace function ticket_end(ticket uuid) returns uuid
language sql stable as $$
	with recursive chain(id, merged_into) as (
		select t.id, t.merged_into from tickets t where t.id = ticket
		union
		select t.id, t.merged_into from tickets t join chain c on t.id = c.merged_into
	)
	select id from chain where merged_into is null
$$;
