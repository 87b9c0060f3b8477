-- What the daily sweep would take of sessions and spent tokens, at once; and the spent tokens of sessions that have ended,
-- which guard nothing any more. verdict: ok, forbidden.
create or replace function tokens_purge(actor uuid, out verdict text, out sessions_gone bigint, out tokens_gone bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	who record;
	month timestamptz := now() - interval '30 days';
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	with gone as (
		delete from spent_tokens where refresh_hash in (
			select t.refresh_hash from spent_tokens t join sessions s on s.id = t.session_id
			where s.expires_at < now() or s.revoked_at is not null limit 50000)
		returning 1
	)
	select count(*) into tokens_gone from gone;
	-- Longer than the longest life of an access token, which is revoked by its session's row.
	with gone as (
		delete from sessions where id in (
			select id from sessions where expires_at < month and coalesce(revoked_at, expires_at) < month limit 50000)
		returning 1
	)
	select count(*) into sessions_gone from gone;
end $$;
revoke execute on function tokens_purge(uuid) from public;
