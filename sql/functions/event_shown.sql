-- An event as the change feed shows it: the body, and the names by which older clients read the same. One that nobody can
-- read shows that it was there, and stops nobody who follows the feed.
create or replace function event_shown(event_id text, type text, body text) returns jsonb
language sql immutable parallel safe as $$
	select case when jsonb_typeof(b) = 'object' then b || jsonb_build_object('eventId', b -> 'id', 'eventType', b -> 'type',
			'userId', b -> 'actorId', 'timestamp', b -> 'occurredAt')
		else jsonb_build_object('id', event_id, 'type', type, 'occurredAt', null, 'data', '{}'::jsonb,
			'error', 'its body cannot be read') end
	from (select json_of(body)) as t(b)
$$;
