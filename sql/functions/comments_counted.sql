-- How many comments there are in a ticket and those that were merged into it, for this reader.
create or replace function comments_counted(t tickets, is_staff boolean) returns bigint
language plpgsql stable as $$
begin
	return (select count(*) from ticket_said(t, is_staff));
end $$;
