-- All that is said in a ticket: to everybody, or among staff.
create or replace function ticket_said(t tickets, internal boolean) returns text
language sql stable as $$
	select concat_ws(' ', case when not internal then t.title end, case when not internal then t.description end,
		(select string_agg(content, ' ' order by seq) from ticket_comments where ticket_id = t.id and is_internal = internal))
$$;
