-- The device has shown the code of that step, of the secret that was read as sealed: from now on signing in asks for one. The
-- owner's mail says so. ok, enabled (it was before), gone (there is none, or another secret by now).
create or replace function totp_confirm(account uuid, sealed bytea, step bigint, hashes jsonb, event_id uuid, mail_id uuid, mails_most integer,
	request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	owner accounts;
begin
	update totp_factors f set confirmed_at = now(), last_step = step
	where f.account_id = account and f.secret = sealed and f.confirmed_at is null;
	if not found then
		return case when factor_is_on(account) then 'enabled' else 'gone' end;
	end if;
	perform recovery_codes_keep(account, hashes);
	select * into owner from accounts a where a.id = account;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.mfa_enabled', event_id, account, owner.role, request_id, traceparent, 'accountId', account,
		jsonb_build_object('method', 'totp'), origin) e;
	perform account_mail(mail_id, account, 'account_mfa_enabled', owner.email, mails_most);
	return 'ok';
end $$;
revoke execute on function totp_confirm(uuid, bytea, bigint, jsonb, uuid, uuid, integer, text, text, text) from public;
