-- Other recovery codes, for who shows password and second factor as in totp_disable.sql, with the same verdicts.
create or replace function totp_recover(account uuid, credential text, step bigint, recovery bytea, hashes jsonb, event_id uuid,
	request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return 'gone';
	end if;
	if not factor_is_on(account) then
		return 'disabled';
	end if;
	if factor_spend(account, step, recovery) is null then
		return 'code';
	end if;
	perform recovery_codes_keep(account, hashes);
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.recovery_codes_renewed', event_id, account, (select a.role from accounts a where a.id = account),
		request_id, traceparent, 'accountId', account, '{}', origin) e;
	return 'ok';
end $$;
revoke execute on function totp_recover(uuid, text, bigint, bytea, jsonb, uuid, text, text, text) from public;
