-- An event of the trail, as administrators see it: AuditEntry of queues/answers.def.
create or replace function audit_json(a audit_log) returns jsonb
language sql stable as $$
	select jsonb_build_object('seq', a.seq, 'timestamp', a.occurred_at, 'action', a.action, 'userId', a.actor_id,
		'resourceType', a.resource_type, 'resourceId', a.resource_id, 'eventId', a.event_id, 'commandId', a.command_id,
		'details', a.payload::jsonb -> 'data', 'hash', encode(a.row_hash, 'hex'))
$$;
