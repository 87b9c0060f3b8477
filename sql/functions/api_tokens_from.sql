-- Tokens of programs, as every ingress keeps them: those that changed since a place, or whose account did (0: all that are good). The
-- first row has no id and says where the next look begins. state: good, ended (for ever), asleep (its
-- account is disabled). The scope admin cuts an administrator's rights: an account without them is not cut.
create or replace function api_tokens_from(place bigint) returns table (id uuid, account uuid, hash text, scopes text, expires_s bigint,
	state text, next_place bigint)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query select null::uuid, null::uuid, null::text, null::text, null::bigint, null::text,
		pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
	if place = 0 or place > pg_snapshot_xmax(pg_current_snapshot())::text::bigint then -- a place of another cluster: restored since
		return query
		select t.id, t.account_id, encode(t.hash, 'hex'), array_to_string(t.scopes || case when a.role <> 'admin' then '{admin}' else '{}' end::text[], ' '), extract(epoch from t.expires_at)::bigint, 'good',
			null::bigint
		from api_tokens t join accounts a on a.id = t.account_id
		where t.revoked_at is null and a.active and coalesce(t.expires_at > now(), true);
	else
		return query
		with changed as (
			select c.id as token from api_tokens c where c.changed_xid >= place::text::xid8
			union
			select c.id from accounts m join api_tokens c on c.account_id = m.id where m.epoch_xid >= place::text::xid8
		)
		select t.id, t.account_id, encode(t.hash, 'hex'), array_to_string(t.scopes || case when a.role <> 'admin' then '{admin}' else '{}' end::text[], ' '), extract(epoch from t.expires_at)::bigint,
			case when t.revoked_at is not null then 'ended' when a.active then 'good' else 'asleep' end, null::bigint
		from changed join api_tokens t on t.id = changed.token join accounts a on a.id = t.account_id;
	end if;
end $$;
