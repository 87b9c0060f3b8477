-- A token counts no more, as its account or an administrator asks: ok, or missing (there is none that is theirs and good).
create or replace function api_token_end(actor uuid, token_id uuid, event_id uuid, request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	ended api_tokens;
begin
	update api_tokens t set revoked_at = now(), changed_xid = pg_current_xact_id()
	where t.id = token_id and t.revoked_at is null and (t.account_id = actor or operator_may(actor)) returning * into ended;
	if not found then
		return 'missing';
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.token_revoked', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', ended.account_id, jsonb_build_object('tokenId', ended.id, 'name', ended.name), origin) e;
	return 'ok';
end $$;
revoke execute on function api_token_end(uuid, uuid, uuid, text, text, text) from public;
