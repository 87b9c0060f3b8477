-- A command as a row of the outbox, as ingress would send it for the actor, for functions that look themselves who asks. The one
-- place in SQL that knows the envelope of a command; queues/envelope.c is that of programs.
create or replace function outbox_command(queue text, type text, command_id uuid, actor uuid, request_id text, traceparent text,
	origin text, fields jsonb)
returns table (exchange text, routing_key text, command_type text, headers jsonb, body text)
language sql stable as $$
	select 'guichet.commands', queue, type,
		jsonb_strip_nulls(jsonb_build_object('message_id', command_id, 'correlation_id', request_id, 'traceparent', traceparent,
			'actor', actor, 'origin', nullif(origin, ''), 'accepted_at', (extract(epoch from now()) * 1000000)::bigint,
			'fp', encode(sha256(convert_to(type, 'UTF8') || '\x00'::bytea || convert_to(fields::text, 'UTF8')), 'hex'))),
		fields::text
$$;
