-- Was a ticket of this person's merged into this one, which is somebody else's, before the comment was made? The rule of
-- ticket_said.sql, from the other end.
create or replace function ticket_is_heard(ticket uuid, comment uuid, listener uuid) returns boolean
language plpgsql stable as $$
begin
	if not exists (select from tickets t where t.id = ticket and t.merged_count > 0) then
		return false;
	end if;
	return exists (
		with recursive merged(id, owner_id, merged_at, into_owner) as (
			select m.id, m.owner_id, m.merged_at, t.owner_id from tickets t join tickets m on m.merged_into = t.id
			where t.id = ticket and m.merged_at is not null
			union
			select m.id, m.owner_id, m.merged_at, p.owner_id from merged p join tickets m on m.merged_into = p.id
			where m.merged_at is not null
		)
		select from merged m, ticket_comments c
		where c.id = comment and not c.is_internal and m.owner_id = listener and m.into_owner <> m.owner_id
			and c.created_at > m.merged_at);
end $$;
