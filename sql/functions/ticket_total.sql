-- How many there are: exact from the counters where they hold it, else counted to 1,000; to 100
-- where words must be looked at, so that a count does not cost more than the page beside it.
create or replace function ticket_total(owner uuid, assignee uuid, wanted_status text, wanted_priority text, wanted_category text,
	overdue boolean, words tsquery, internal boolean, wanted_tag text, matches uuid[], out total bigint, out is_exact boolean)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	most bigint := case when words is null then 1000 else 100 end;
begin
	if wanted_category is null and overdue is null and words is null and wanted_tag is null and matches is null
			and (owner is null or assignee is null) then
		select coalesce(sum(c.n), 0) into total from ticket_counters c
		where c.scope = case when owner is not null then 'owner' when assignee is not null then 'assignee' else 'all' end
			and c.scope_id = coalesce(owner, assignee, '00000000-0000-0000-0000-000000000000')
			and (wanted_status is null or c.status = wanted_status)
			and (wanted_priority is null or c.priority = wanted_priority);
		is_exact := true;
		return;
	end if;
	select count(*) into total from ticket_page(1, most + 1, null, owner, assignee, wanted_status, wanted_priority,
		wanted_category, overdue, words, internal, wanted_tag, matches, null);
	is_exact := total <= most;
	total := least(total, most);
end $$;
