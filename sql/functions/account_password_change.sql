-- A new password in the place of the one that was verified, as its owner asks; every session but this one ends. changed: false
-- when the password is another by now. An opening that is under way waits for this, or this for it (session_open, for share).
create or replace function account_password_change(account uuid, session uuid, old_hash text, new_hash text, event_id uuid,
	request_id text, traceparent text, origin text, out changed boolean, out closed uuid[])
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	role_now text;
begin
	update credentials c set password_hash = new_hash, changed_at = now() where c.account_id = account and c.password_hash = old_hash;
	changed := found;
	if not changed then
		return;
	end if;
	with gone as (
		update sessions s set revoked_at = now() where s.account_id = account and s.id <> session and s.revoked_at is null returning s.id
	)
	select array_agg(id) into closed from gone;
	update account_tokens t set used_at = now() where t.account_id = account and t.kind in ('reset', 'magic', 'invite') and t.used_at is null;
	select a.role into role_now from accounts a where a.id = account;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.password_changed', event_id, account, role_now, request_id, traceparent, 'accountId', account, '{}', origin) e;
end $$;
revoke execute on function account_password_change(uuid, uuid, text, text, uuid, text, text, text) from public;
