-- For an ingress of the version before, which draws its tokens: see session_renew. verdict: ok, unknown, expired, disabled, or reused (the session is revoked then).
create or replace function session_refresh(old_hash bytea, new_hash bytea, ttl_s bigint, out verdict text, out session_id uuid,
	out account_id uuid, out email text, out role text, out epoch integer)
language plpgsql as $$
declare
	session sessions;
	account accounts;
begin
	select * into session from sessions s where s.refresh_hash = old_hash for update;
	if not found then
		select t.session_id into session_id from spent_tokens t where t.refresh_hash = old_hash;
		verdict := case when found then 'reused' else 'unknown' end;
		update sessions s set revoked_at = now() where s.id = session_refresh.session_id and s.revoked_at is null;
		return;
	end if;
	select * into account from accounts a where a.id = session.account_id;
	verdict := case when session.revoked_at is not null then 'unknown' when session.expires_at < now() then 'expired'
		when not account.active then 'disabled' when account.epoch <> session.epoch then 'unknown' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	insert into spent_tokens (refresh_hash, session_id) values (old_hash, session.id);
	update sessions s set refresh_hash = new_hash, expires_at = now() + make_interval(secs => ttl_s) where s.id = session.id;
	session_id := session.id;
	account_id := account.id;
	email := account.email;
	role := account.role;
	epoch := account.epoch;
end $$;
