-- A delivery as a list shows it: DeliveryRow of queues/answers.def.
create or replace function delivery_json(d webhook_deliveries) returns jsonb
language sql immutable parallel safe as $$
	select jsonb_build_object('id', d.id, 'webhookId', d.webhook_id, 'eventId', d.event_id, 'event', d.event_type, 'ticketId', d.ticket_id,
		'state', d.state, 'attempts', d.attempts, 'replays', d.replays, 'status', d.status, 'error', d.error,
		'dueAt', case when d.state = 'waiting' then d.due_at end, 'createdAt', d.created_at, 'finishedAt', d.finished_at)
$$;
