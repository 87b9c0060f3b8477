-- Why: refresh tokens that rotate, and access tokens that can be taken back before they expire.
-- An access token names its session and its account's epoch; ingress keeps the few that are
-- revoked and not yet expired in memory.

alter table accounts add column epoch_at timestamptz;
create index accounts_by_epoch_at on accounts (epoch_at) where epoch_at is not null;

create function account_epoch_moves() returns trigger
language plpgsql as $$
begin
	new.epoch_at := now();
	return new;
end $$;
create trigger account_epoch_moves before update of epoch on accounts
	for each row when (old.epoch is distinct from new.epoch) execute function account_epoch_moves();

create index sessions_by_revoked_at on sessions (revoked_at) where revoked_at is not null;

-- Refresh tokens that were exchanged already: who shows one again is a thief, or was robbed.
create table spent_tokens (
	refresh_hash bytea primary key,
	session_id uuid not null references sessions on delete cascade,
	spent_at timestamptz not null default now()
);

-- Exchanges a refresh token. verdict: ok, unknown, expired, disabled, or reused (the session is revoked then).
create function session_refresh(old_hash bytea, new_hash bytea, ttl_s bigint, out verdict text, out session_id uuid,
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
		when not account.active then 'disabled' else 'ok' end;
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
