-- For an ingress of the version before: see revocations_from.
create or replace function revocations_since(since bigint, seconds bigint) returns table (id uuid, epoch integer, at bigint)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	oldest timestamptz := greatest(to_timestamp(since / 1000000.0) - interval '15 seconds', now() - make_interval(secs => seconds));
begin
	return query
	select s.id, null::integer, (extract(epoch from s.revoked_at) * 1000000)::bigint from sessions s where s.revoked_at > oldest
	union all
	select a.id, a.epoch, (extract(epoch from a.epoch_at) * 1000000)::bigint from accounts a where a.epoch_at > oldest;
end $$;
