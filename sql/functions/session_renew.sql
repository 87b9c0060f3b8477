-- Exchanges a refresh token for the one that follows from it. verdict:
--   ok        the session has the new token now
--   again     the old one was spent within the last 30 s, for the same new token: two requests at once, or an answer that
--             was lost. Nothing changes, and the same token is answered with
--   reused    it was spent before that, so somebody else has it too: this call has revoked the session
--   unknown, expired, disabled
create or replace function session_renew(old_hash bytea, new_hash bytea, ttl_s bigint, out verdict text, out session_id uuid,
	out account_id uuid, out email text, out role text, out epoch integer, out first_name text, out last_name text)
language plpgsql as $$
declare
	session sessions;
	account accounts;
	spent timestamptz;
begin
	select * into session from sessions s where s.refresh_hash = old_hash for update;
	if not found then
		select t.session_id, t.spent_at into session_id, spent from spent_tokens t where t.refresh_hash = old_hash;
		select * into session from sessions s where s.id = session_renew.session_id;
	end if;
	select * into account from accounts a where a.id = session.account_id;
	session_id := session.id;
	account_id := account.id;
	email := account.email;
	role := account.role;
	epoch := account.epoch;
	first_name := account.first_name;
	last_name := account.last_name;
	verdict := case when session.id is null or session.revoked_at is not null then 'unknown'
		when session.expires_at < now() then 'expired' when not account.active then 'disabled'
		when account.epoch <> session.epoch then 'unknown'
		when spent is null then 'ok'
		when spent < now() - interval '30 seconds' then 'reused'
		when session.refresh_hash = new_hash or exists (select from spent_tokens t
			where t.refresh_hash = new_hash and t.session_id = session.id) then 'again'
		else 'unknown' end; -- the key has changed in between: what followed then is not known now
	if verdict = 'reused' then
		update sessions s set revoked_at = now() where s.id = session.id and s.revoked_at is null;
		verdict := case when found then 'reused' else 'unknown' end;
	elsif verdict = 'ok' then
		insert into spent_tokens (refresh_hash, session_id) values (old_hash, session.id);
		update sessions s set refresh_hash = new_hash, used_at = now(),
			expires_at = least(now() + make_interval(secs => ttl_s), coalesce(s.ends_at, 'infinity')) where s.id = session.id;
	end if;
end $$;
