-- Somebody has seen an alert and looks after it: ok, forbidden, or missing (there is none, or it has ended). A second time
-- changes nothing. The trail is told.
create or replace function alert_ack(actor uuid, told uuid, wanted uuid, request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	seen alerts;
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	select * into seen from alerts where id = wanted and resolved_at is null for update;
	if not found then
		return 'missing';
	end if;
	if seen.acked_at is null then
		update alerts set acked_at = now(), acked_by = actor where id = wanted;
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('alert.acknowledged', told, actor, (select role from actor_of(actor)), request_id, traceparent,
			'accountId', null, jsonb_build_object('alertId', wanted, 'name', seen.name, 'target', seen.subject), origin) e;
	end if;
	return 'ok';
end $$;
revoke execute on function alert_ack(uuid, uuid, uuid, text, text, text) from public;
