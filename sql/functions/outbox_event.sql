-- An event as a row of the outbox, for who tells it by a statement of his own:
--
--   insert into outbox (exchange, routing_key, type, headers, body)
--   select e.* from account, outbox_event('user.login', $5, id, role, $6, $7, 'accountId', id, '{}', $8) e
--
-- The one place in SQL that knows the envelope; workers/outbox.c is that of the workers. The type is an EVENT row of the
-- catalogue and data has that row's members (a test holds every statement to it). actor null: Guichet itself, or an
-- operator. subject names what subject_id is: accountId, commandId. It writes nothing: who may tell what is decided for
-- the row that is inserted, by the inserting role (sql/grants.sql).
-- origin is where it came from, "<address> <user agent>" or null: a header, for the trail alone.
create or replace function outbox_event(type text, event_id uuid, actor uuid, role text, request_id text, traceparent text,
	subject text, subject_id uuid, data jsonb, origin text)
returns table (exchange text, routing_key text, event_type text, headers jsonb, body text)
language sql stable as $$
	select 'guichet.events', type, type,
		jsonb_strip_nulls(jsonb_build_object('message_id', event_id, 'correlation_id', request_id, 'traceparent', traceparent,
			'actor', actor, 'origin', nullif(origin, ''))),
		(jsonb_strip_nulls(jsonb_build_object('actorRole', role, 'requestId', request_id, subject, subject_id))
			|| jsonb_build_object('id', event_id, 'type', type, 'occurredAt', now(), 'actorId', actor, 'data', data))::text
$$;

-- Of who has no address: guichetctl.
create or replace function outbox_event(type text, event_id uuid, actor uuid, role text, request_id text, traceparent text,
	subject text, subject_id uuid, data jsonb)
returns table (exchange text, routing_key text, event_type text, headers jsonb, body text)
language sql stable as $$
	select * from outbox_event(type, event_id, actor, role, request_id, traceparent, subject, subject_id, data, null)
$$;
