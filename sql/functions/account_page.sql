-- The accounts of one page of account_list. Names alone may be asked for where all is not seen: what is asked for must not
-- tell what is not shown.
create or replace function account_page(wanted jsonb, asked tsquery, sees_all boolean, sort text, falling boolean, most bigint,
	skipped bigint)
returns setof accounts
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select a.* from accounts a
	where a.deleted_at is null and (sees_all or a.active)
		and (asked is null or (a.words @@ asked and (sees_all or words_of(a.first_name || ' ' || a.last_name) @@ asked)))
		and (not wanted ? 'role' or a.role = wanted ->> 'role')
		and (not wanted ? 'department' or not sees_all or lower(a.department) = lower(wanted ->> 'department'))
	order by
		case when not falling then case sort when 'name' then a.last_name when 'email' then a.email end end,
		case when falling then case sort when 'name' then a.last_name when 'email' then a.email end end desc,
		case when not falling and sort = 'name' then a.first_name end,
		case when falling and sort = 'name' then a.first_name end desc,
		case when not falling and sort = 'createdAt' then a.created_at end,
		case when falling and sort = 'createdAt' then a.created_at end desc,
		case when not falling and sort is not null then a.id end,
		case when falling and sort is not null then a.id end desc
	limit most offset skipped;
end $$;
