-- How many files hang on a ticket and on those that were merged into it, for this reader.
create or replace function attachments_counted(t tickets, is_staff boolean) returns bigint
language plpgsql stable as $$
begin
	if t.merged_count = 0 and t.merged_at is null and t.file_count = 0 then
		return 0;
	end if;
	return (select count(*) from ticket_files_seen(t, is_staff));
end $$;
