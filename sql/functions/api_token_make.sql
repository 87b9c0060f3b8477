-- A token for a program (is_admin: of an administrator, whose rights its scopes cut), known by this hash: for one's own account, or (account) for a service, as an administrator asks. verdict:
--   ok, forbidden, missing (no such service), past (it would be over before it begins), many (50 are good, or were within the hour)
create or replace function api_token_make(actor uuid, account uuid, token_id uuid, token_name text, token_hash bytea, wanted jsonb, ends text,
	event_id uuid, request_id text, traceparent text, origin text, out verdict text, out target uuid, out expires_s bigint, out is_admin boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	owner accounts;
	told text;
begin
	target := coalesce(account, actor);
	is_admin := false;
	expires_s := extract(epoch from ends::timestamptz)::bigint;
	select * into owner from accounts a where a.id = target and a.active for no key update;
	verdict := case when target <> actor and not operator_may(actor) then 'forbidden'
		when owner.id is null or (target <> actor and owner.role <> 'service') then 'missing'
		when wanted ? 'admin' and owner.role not in ('admin', 'service') then 'forbidden'
		when ends::timestamptz <= now() then 'past'
		when (select count(*) from api_tokens t where t.account_id = target and (t.revoked_at is null or t.revoked_at > now() - interval '1 hour')
			and coalesce(t.expires_at > now(), true)) >= 50 then 'many'
		else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	is_admin := owner.role = 'admin';
	insert into api_tokens (id, account_id, name, hash, scopes, created_by, expires_at)
	values (token_id, target, token_name, token_hash, array(select distinct jsonb_array_elements_text(wanted) order by 1), actor,
		ends::timestamptz);
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.token_created', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', target, jsonb_build_object('tokenId', token_id, 'name', token_name, 'scopes', wanted), origin) e;
end $$;
revoke execute on function api_token_make(uuid, uuid, uuid, text, bytea, jsonb, text, uuid, text, text, text) from public;
