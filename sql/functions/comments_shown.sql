-- How many comments a reader is shown: those of tickets that were merged into this one count.
create or replace function comments_shown(t tickets, is_staff boolean) returns bigint
language sql stable as $$
	select case when t.merged_count = 0 and t.merged_at is null
		then (t.comment_count - case when is_staff then 0 else t.internal_count end)::bigint
		else comments_counted(t, is_staff) end
$$;
