-- Signs out everywhere, with a token of this session and epoch. verdict: all (the epoch is raised), older (the token was
-- signed out by itself: once, it closes the sessions that are older than that), or revoked (it counts no more).
create or replace function session_close_all(account uuid, session uuid, token_epoch integer, out verdict text, out new_epoch integer,
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
