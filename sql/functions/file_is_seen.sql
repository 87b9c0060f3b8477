-- Does who asks see a file that is there and is not internal to others? Before it hangs on a ticket: its uploader and
-- administrators. Then: who sees the ticket, and on a ticket that another person's was merged into, that person, what was
-- said in public since (ticket_said.sql).
create or replace function file_is_seen(f files, actor uuid, is_own boolean, is_staff boolean, bits integer) returns boolean
language plpgsql stable as $$
begin
	if f.ticket_id is null then
		return is_own or bits & 32 <> 0;
	end if;
	return is_staff or exists (select from tickets t where t.id = f.ticket_id and t.owner_id = actor)
		or (f.comment_id is not null and ticket_is_heard(f.ticket_id, f.comment_id, actor));
end $$;
