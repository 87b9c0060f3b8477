-- What somebody was told in the app: Notification of queues/answers.def. details: what the sender of a message gave as data.
create or replace function notification_json(n notifications) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', n.id, 'type', n.topic, 'event', n.event_type,
		'status', case when n.read_at is null then 'unread' else 'read' end, 'isRead', n.read_at is not null, 'title', n.title,
		'message', n.body, 'details', (select s.data from notices s where n.topic = 'message' and s.id = (n.fields ->> 'noticeId')::uuid),
		'priority', case n.priority when 1 then 'high' when 3 then 'low' else 'normal' end, 'channel', n.channel,
		'ticketId', n.ticket_id, 'ticketNumber', (select t.number from tickets t where t.id = n.ticket_id), 'why', n.why - 'staff',
		'version', n.version, 'createdAt', n.created_at, 'readAt', n.read_at)
$$;
