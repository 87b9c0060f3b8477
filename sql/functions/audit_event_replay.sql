-- Sends an event that failed again, as it was. verdict: ok, forbidden, missing, or conflict (it is in the trail, or was
-- sent again before).
create or replace function audit_event_replay(actor uuid, event uuid, told uuid, request_id text, traceparent text, origin text)
returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	letter dead_letters;
	who record;
	at timestamptz := to_timestamp(('x' || translate(left(event::text, 13), '-', ''))::bit(48)::bigint / 1000.0);
begin
	select * into who from actor_of(actor);
	if who.id is null or not who.active or who.bits & 32 = 0 then
		return 'forbidden';
	end if;
	select * into letter from dead_letters d
	where d.queue = 'events.audit' and d.headers ->> 'message_id' = event::text
	order by d.died_at desc limit 1 for update;
	if not found then
		return case when exists (select from audit_log a where a.event_id = event
			and a.occurred_at between at - interval '1 hour' and at + interval '1 hour') then 'conflict' else 'missing' end;
	end if;
	if letter.state <> 'open' then
		return 'conflict';
	end if;
	update dead_letters d set state = 'replayed', replays = d.replays + 1, replayed_at = now() where d.id = letter.id;
	insert into outbox (exchange, routing_key, type, headers, body)
	values ('guichet.events', letter.type, letter.type, letter.headers || jsonb_build_object('replays', letter.replays + 1), letter.body);
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('dead.replayed', told, actor, who.role, request_id, traceparent, 'commandId', event,
		jsonb_build_object('deadLetterId', letter.id, 'commandType', letter.type), origin) e;
	return 'ok';
end $$;
revoke execute on function audit_event_replay(uuid, uuid, uuid, text, text, text) from public;
