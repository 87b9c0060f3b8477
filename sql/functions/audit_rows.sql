-- Events of the trail, newest first: which index serves them depends on the filters.
create or replace function audit_rows(wanted_action text, wanted_resource uuid, wanted_actor uuid, most bigint, skipped bigint)
returns setof audit_log
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select * from audit_log
	where (wanted_action is null or action = wanted_action) and (wanted_resource is null or resource_id = wanted_resource)
		and (wanted_actor is null or actor_id = wanted_actor)
	order by seq desc
	limit most offset skipped;
end $$;
