-- An event of the trail, as who has caused it is shown it: Activity of queues/answers.def.
create or replace function activity_json(a audit_log) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', a.event_id, 'type', coalesce(json_of(a.payload) ->> 'type', lower(a.action)), 'action', a.action,
		'timestamp', a.occurred_at, 'resourceType', a.resource_type, 'resourceId', a.resource_id,
		'ipAddress', nullif(split_part(a.origin, ' ', 1), ''),
		'userAgent', case when a.origin is null then null else nullif(substr(a.origin, strpos(a.origin || ' ', ' ') + 1), '') end)
$$;
