-- Events of the trail, newest first. wanted: the filters of the READ row audit_logs (queues/audit.def), by its names; a new
-- one is a FIELD of the row and a line here. cursor: the seq of the row before. Planned anew for each call: which index serves them depends on the filters.
create or replace function audit_rows(wanted jsonb, most bigint, skipped bigint) returns setof audit_log
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select * from audit_log
	where (not wanted ? 'cursor' or seq < (wanted ->> 'cursor')::bigint)
		and (not wanted ? 'action' or action = upper(wanted ->> 'action'))
		and (not wanted ? 'resource' or resource_type = lower(wanted ->> 'resource'))
		and (not wanted ? 'resourceId' or resource_id = (wanted ->> 'resourceId')::uuid)
		and (not wanted ? 'userId' or actor_id = (wanted ->> 'userId')::uuid)
		and (not wanted ? 'startDate' or occurred_at >= moment_of(wanted ->> 'startDate'))
		and (not wanted ? 'endDate' or occurred_at < moment_behind(wanted ->> 'endDate'))
		and (not wanted ? 'ip' or (origin is not null and split_part(origin, ' ', 1) = lower(wanted ->> 'ip')))
		and (coalesce(wanted ->> 'search', '') = ''
			or to_tsvector('simple', payload) @@ websearch_to_tsquery('simple', wanted ->> 'search'))
		and (not wanted ? 'security' or audit_is_security(action, payload))
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
