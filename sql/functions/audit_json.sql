-- An event of the trail, as administrators see it: AuditEntry of queues/answers.def.
create or replace function audit_json(a audit_log) returns jsonb
language sql stable as $$
	select jsonb_build_object('seq', a.seq, 'timestamp', a.occurred_at, 'action', a.action, 'userId', a.actor_id,
		'resourceType', a.resource_type, 'resource', a.resource_type, 'resourceId', a.resource_id, 'eventId', a.event_id,
		'eventType', p.body -> 'type', 'commandId', a.command_id, 'requestId', p.body -> 'requestId',
		'outcome', audit_outcome(a.action), 'ipAddress', nullif(split_part(a.origin, ' ', 1), ''),
		'userAgent', case when a.origin is null then null else nullif(substr(a.origin, strpos(a.origin || ' ', ' ') + 1), '') end,
		'changes', audit_changes(a, p.body), 'details', p.body -> 'data', 'isErased', a.payload is null,
		'hash', encode(a.row_hash, 'hex'))
	from (select json_of(a.payload) as body) p
$$;
