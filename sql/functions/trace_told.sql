-- What came of events: notifications, mails with the server's replies, webhooks, pushes, scans; and mails that are named themselves. A mail
-- may tell several events. Steps as trace_steps() has them, 300 of each sort at most.
create or replace function trace_told(of_events uuid[], of_mails uuid[], of_files uuid[])
returns table (at timestamptz, rank integer, step text, what text, id uuid, outcome text, detail text)
language sql stable as $$
	with written as materialized (
		select * from mails where mails.id = any (of_mails)
		union select * from mails where mails.event_id = any (of_events)
		union select * from mails where mails.id in (select n.mail_id from notifications n where n.event_id = any (of_events))
		limit 300
	)
	(select coalesce(n.told_at, n.created_at), 40, 'notification', n.topic || ' by ' || n.channel, n.id, n.state,
		concat_ws(', ', (select email from accounts where accounts.id = n.recipient_id), n.why ->> 'decided')
	from notifications n where n.event_id = any (of_events) limit 300)
	union all
	(select m.created_at, 41, 'mail written', m.template || ' to ' || m.recipient, m.id, m.state, null
	from written m)
	union all
	(select coalesce(m.sent_at, m.tried_at), 50, 'mail tried', 'attempt ' || m.attempts, m.id, m.state, left(m.last_reply, 300)
	from written m
	where coalesce(m.sent_at, m.tried_at) is not null)
	union all
	(select coalesce(d.finished_at, d.started_at, d.created_at), 45, 'webhook', d.event_type || coalesce(' to ' || w.url, ''), d.id,
		d.state || coalesce(' (' || d.status || ')', ''), concat_ws(', ', 'attempt ' || d.attempts, d.took_ms || ' ms', left(d.error, 200))
	from webhook_deliveries d left join webhooks w on w.id = d.webhook_id where d.event_id = any (of_events) limit 300)
	union all
	(select coalesce(p.finished_at, p.started_at, p.created_at), 46, 'push', 'attempt ' || p.attempts, p.id, p.state || coalesce(' (' || p.status || ')', ''),
		left(p.error, 200)
	from notifications n join push_deliveries p on p.notification_id = n.id where n.event_id = any (of_events) limit 300)
	union all
	(select coalesce(f.scanned_at, f.created_at), 42, 'scan', f.name, f.id, f.scan_state, concat_ws(', ', f.scan_engine, f.scan_note, f.place)
	from files f where f.id = any (of_files) limit 300)
$$;
