-- Revoked sessions, and accounts whose older tokens count no more: since a place (0: all that can still matter, so
-- many seconds back). The first row has no id and says where the next look begins.
create or replace function revocations_from(place bigint, seconds bigint) returns table (id uuid, epoch integer, next_place bigint)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	oldest timestamptz := now() - make_interval(secs => seconds);
begin
	return query select null::uuid, null::integer, pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
	if place = 0 or place > pg_snapshot_xmax(pg_current_snapshot())::text::bigint then -- a place of another cluster: restored since
		return query
		select s.id, null::integer, null::bigint from sessions s where s.revoked_at > oldest
		union all
		select a.id, a.epoch, null::bigint from accounts a where a.epoch_at > oldest;
	else
		return query
		select s.id, null::integer, null::bigint from sessions s where s.revoked_xid >= place::text::xid8
		union all
		select a.id, a.epoch, null::bigint from accounts a where a.epoch_xid >= place::text::xid8;
	end if;
end $$;
