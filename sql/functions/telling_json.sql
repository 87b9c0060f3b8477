-- What was decided for one person and one channel: Telling of queues/answers.def.
create or replace function telling_json(notification uuid) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', n.id, 'event', n.event_type, 'eventId', n.event_id, 'type', n.topic, 'channel', n.channel,
		'recipientId', n.recipient_id, 'recipientName', coalesce(nullif(trim(a.first_name || ' ' || a.last_name), ''),
			split_part(a.email, '@', 1)), 'state', n.state, 'why', n.why - 'staff', 'dueAt', n.due_at, 'toldAt', n.told_at,
		'readAt', n.read_at, 'mail', (select m.state from mails m where m.id = n.mail_id), 'createdAt', n.created_at)
	from notifications n join accounts a on a.id = n.recipient_id
	where n.id = notification
$$;
