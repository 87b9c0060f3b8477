-- An alert as the API shows it: Alert of queues/answers.def.
create or replace function alert_json(a alerts) returns jsonb
language sql stable as $$
	select jsonb_strip_nulls(jsonb_build_object('id', a.id, 'name', a.name, 'subject', a.subject, 'severity', a.severity,
		'state', case when a.resolved_at is not null then 'resolved' when a.acked_at is not null then 'acknowledged' else 'firing' end,
		'since', a.since, 'seenAt', a.seen_at, 'value', a.value, 'message', a.message, 'todo', a.todo, 'acknowledgedAt', a.acked_at,
		'acknowledgedBy', (select email from accounts where id = a.acked_by), 'resolvedAt', a.resolved_at))
$$;
