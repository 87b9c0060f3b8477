-- A ticket and all that were merged into it, however deep: what they say is read together. For who is no staff only
-- those of the same owner: a ticket that was merged into another person's is his no less, and the other's no more.
create or replace function ticket_family(ticket uuid, is_staff boolean) returns setof uuid
language sql stable rows 1 as $$
	with recursive family(id, owner_id) as (
		select t.id, t.owner_id from tickets t where t.id = ticket
		union
		select t.id, t.owner_id from tickets t join family f on t.merged_into = f.id
		where t.merged_at is not null and (is_staff or t.owner_id = f.owner_id)
	)
	select id from family
$$;
