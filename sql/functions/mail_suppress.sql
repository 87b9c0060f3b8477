-- Puts an address on the list of those that nothing is sent to, or (reason null) takes it off. verdict: ok, forbidden or missing.
-- actor null: guichetctl.
create or replace function mail_suppress(actor uuid, told uuid, given text, why text, request_id text, traceparent text,
	origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	who record;
begin
	select * into who from actor_of(actor);
	if (actor is null and session_user = 'guichet_ingress') or (actor is not null and (who.id is null or not who.active
			or who.bits & 32 = 0)) then
		return 'forbidden';
	end if;
	if why is null then
		delete from mail_suppressions where address = lower(given);
		if not found then
			return 'missing';
		end if;
	else
		insert into mail_suppressions as s (address, reason, source) values (lower(given), why, 'operator')
		on conflict (address) do update set reason = excluded.reason, source = excluded.source;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('mail.suppression_changed', told, actor, who.role, request_id, traceparent, 'accountId', null,
		jsonb_build_object('address', lower(given), 'reason', why, 'isSuppressed', why is not null), origin) e;
	return 'ok';
end $$;
revoke execute on function mail_suppress(uuid, uuid, text, text, text, text, text) from public;
