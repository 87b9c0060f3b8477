-- The events of commands and those that are named: of the trail, and of the outbox what the trail does not have yet (rows near the
-- relay's place alone: it keeps no index of commands). Steps as trace_steps() has them.
create or replace function trace_events(of_commands uuid[], of_events uuid[])
returns table (at timestamptz, rank integer, step text, what text, id uuid, outcome text, detail text)
language sql stable as $$
	with known as materialized (
		(select a.* from audit_log a where a.command_id = any (of_commands) order by a.seq limit 300)
		union
		(select a.* from audit_log a where a.event_id = any (of_events) limit 300)
	), behind as materialized (
		(select o.*, false as sent from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id) order by o.xid, o.id limit 5000)
		union all
		(select o.*, true from outbox o, relay_cursor c where (o.xid, o.id) <= (c.xid, c.id) order by o.xid desc, o.id desc limit 2000)
	)
	select k.occurred_at, 30, 'event', coalesce(json_of(k.payload) ->> 'type', lower(k.action)), k.event_id, 'relayed, in the trail',
		'seq ' || k.seq || coalesce(' by ' || (select email from accounts where accounts.id = k.actor_id), '')
	from known k
	union all
	select (json_of(b.body) ->> 'occurredAt')::timestamptz, 30, 'event', b.type, (b.headers ->> 'message_id')::uuid,
		case when b.sent then 'relayed, not in the trail yet' else 'waits for the relay' end, null
	from behind b
	where b.exchange = 'guichet.events' and not exists (select from known k where k.event_id = (b.headers ->> 'message_id')::uuid)
		and (coalesce(b.headers ->> 'command_id', json_of(b.body) ->> 'commandId') = any (of_commands::text[])
			or b.headers ->> 'message_id' = any (of_events::text[]))
$$;
