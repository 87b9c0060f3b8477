-- Why: an opening that was under way outlived a new password: the statement that ended the sessions did not see the
-- one that was being made, and its refresh token went on. A session names the epoch it was opened in; it is renewed in
-- that epoch alone, so that whatever raises the epoch (password, role, disabling, signing out everywhere) ends it.

alter table sessions add column epoch integer not null default 0;
update sessions s set epoch = a.epoch from accounts a where a.id = s.account_id;
alter table sessions alter column epoch drop default;

-- When the session was closed by its own token, until that token has been used to close the older ones.
alter table sessions add column logged_out_at timestamptz;

-- Exchanges a refresh token. verdict: ok, unknown, expired, disabled, or reused (the session is revoked then).
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

-- Signs out everywhere, with a token of this session and epoch. verdict: all (the epoch is raised), older (the token was
-- signed out by itself: once, it closes the sessions that are older than that), or revoked (it counts no more).
create function session_close_all(account uuid, session uuid, token_epoch integer, out verdict text, out new_epoch integer,
	out closed uuid[])
language plpgsql as $$
declare
	own sessions;
begin
	perform from accounts a where a.id = account and a.epoch = token_epoch for update;
	if not found then
		verdict := 'revoked';
		return;
	end if;
	select * into own from sessions s where s.id = session and s.account_id = account for update;
	verdict := case when session is null or (own.id is not null and own.revoked_at is null) then 'all'
		when own.logged_out_at is not null then 'older' else 'revoked' end;
	if verdict = 'all' then
		update accounts a set epoch = a.epoch + 1 where a.id = account returning a.epoch into new_epoch;
	end if;
	if verdict = 'older' then
		update sessions s set logged_out_at = null where s.id = session;
	end if;
	with gone as (
		update sessions s set revoked_at = now()
		where s.account_id = account and s.revoked_at is null
			and (verdict = 'all' or (verdict = 'older' and s.created_at <= own.logged_out_at))
		returning s.id
	)
	select array_agg(id) into closed from gone;
end $$;
