-- An account for a program, as an administrator asks: ok or forbidden. It has no password, and an address that no mail reaches.
create or replace function service_make(actor uuid, account uuid, service_name text, event_id uuid, request_id text, traceparent text,
	origin text, out verdict text, out shown text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	made accounts;
begin
	verdict := case when operator_may(actor) then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	insert into accounts (id, email, first_name, last_name, role) values (account, 'service-' || account || '@service.invalid', service_name,
		'', 'service');
	update accounts a set email_unproven = true where a.id = account returning * into made; -- so that nothing is mailed to it
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.service_created', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', account, jsonb_build_object('name', service_name), origin) e;
	shown := account_json(made)::text;
end $$;
revoke execute on function service_make(uuid, uuid, text, uuid, text, text, text) from public;
