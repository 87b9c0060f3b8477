-- Events of the trail, newest first. wanted: the filters of the READ row audit_logs (queues/audit.def), by its names; a new
-- one is a FIELD of the row and a line here. Planned anew for each call: which index serves them depends on the filters.
create or replace function audit_rows(wanted jsonb, most bigint, skipped bigint) returns setof audit_log
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select * from audit_log
	where (not wanted ? 'action' or action = wanted ->> 'action')
		and (not wanted ? 'resourceId' or resource_id = (wanted ->> 'resourceId')::uuid)
		and (not wanted ? 'userId' or actor_id = (wanted ->> 'userId')::uuid)
	order by seq desc
	limit most offset skipped;
end $$;

-- For an ingress of the version before, which gives each filter a place.
create or replace function audit_rows(wanted_action text, wanted_resource uuid, wanted_actor uuid, most bigint, skipped bigint)
returns setof audit_log
language sql stable as $$
	select * from audit_rows(jsonb_strip_nulls(jsonb_build_object('action', wanted_action, 'resourceId', wanted_resource,
		'userId', wanted_actor)), most, skipped)
$$;
