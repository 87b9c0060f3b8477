-- How many files hang on a ticket and on those that were merged into it, for this reader.
create or replace function attachments_counted(t tickets, is_staff boolean) returns bigint
language plpgsql stable as $$
begin
	if t.merged_count = 0 then
		return (select count(*) from ticket_attachments a where a.ticket_id = t.id);
	end if;
	return (select count(*) from ticket_attachments a where a.ticket_id in (select ticket_family(t.id, is_staff)));
end $$;
