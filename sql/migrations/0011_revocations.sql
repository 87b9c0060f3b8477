-- Why: an ingress asked for revocations that are newer than the newest it knew, by the database's clock. After that
-- clock had gone back by more than the overlap nothing was newer, for up to an hour. Transactions are numbered
-- whatever the clock says: what is younger than the oldest that was open at the last look is asked for again.

alter table sessions add column revoked_xid xid8;
create index sessions_by_revoked_xid on sessions (revoked_xid) where revoked_xid is not null;

create function session_is_revoked() returns trigger
language plpgsql as $$
begin
	new.revoked_xid := pg_current_xact_id();
	return new;
end $$;
create trigger session_is_revoked before update of revoked_at on sessions
	for each row when (old.revoked_at is distinct from new.revoked_at) execute function session_is_revoked();

alter table accounts add column epoch_xid xid8;
create index accounts_by_epoch_xid on accounts (epoch_xid) where epoch_xid is not null;

create or replace function account_epoch_moves() returns trigger
language plpgsql as $$
begin
	new.epoch_at := now();
	new.epoch_xid := pg_current_xact_id();
	return new;
end $$;

drop function revocations_since(bigint, bigint);

-- Revoked sessions, and accounts whose older tokens count no more: since a place (0: all that can still matter, so
-- many seconds back). The first row has no id and says where the next look begins.
create function revocations_from(place bigint, seconds bigint) returns table (id uuid, epoch integer, next_place bigint)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	oldest timestamptz := now() - make_interval(secs => seconds);
begin
	return query select null::uuid, null::integer, pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
	if place = 0 then
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
