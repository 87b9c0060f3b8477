-- The files of a ticket as this reader sees them: its own and those of its comments, of tickets that were merged into it,
-- and what came with comments that he is shown of another person's ticket (ticket_said.sql). What was found infected is
-- not among them.
create or replace function ticket_files_seen(t tickets, is_staff boolean) returns setof files
language plpgsql stable rows 5 as $$
begin
	if t.merged_count = 0 and t.merged_at is null then
		return query select f.* from files f left join ticket_comments c on c.id = f.comment_id
		where f.ticket_id = t.id and f.deleted_at is null and f.scan_state <> 'infected' and f.place <> 'gone'
			and (is_staff or c.is_internal is not true);
		return;
	end if;
	return query
	with seen as (
		select f.id from ticket_family(t.id, is_staff) member(id) join files f on f.ticket_id = member.id
			left join ticket_comments c on c.id = f.comment_id
		where is_staff or c.is_internal is not true
		union
		select f.id from ticket_said(t, is_staff) s join files f on f.comment_id = (s.comment).id
	)
	select f.* from seen join files f using (id)
	where f.deleted_at is null and f.scan_state <> 'infected' and f.place <> 'gone';
end $$;
