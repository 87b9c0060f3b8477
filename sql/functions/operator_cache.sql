-- May this one have keys of Redis deleted? The trail is told of who does: before it is done, because Redis takes part in no
-- transaction. verdict: ok or forbidden.
create or replace function operator_cache(actor uuid, told uuid, pattern text, request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('cache.cleared', told, actor, (select role from actor_of(actor)), request_id, traceparent,
		'accountId', null, jsonb_build_object('pattern', pattern), origin) e;
	return 'ok';
end $$;
revoke execute on function operator_cache(uuid, uuid, text, text, text, text) from public;
