-- Blanks what the trail says by and about a person: payload and origin, at most so many rows behind a place. The chain
-- holds, because the hash of both is kept. The columns (ids, action, time) stay: they name nobody once the account is gone.
create or replace function audit_erase_slice(person uuid, after bigint, most integer) returns table (erased bigint, last bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	return query
	with found as materialized (
		select a.seq from audit_log a
		where (a.actor_id = person or a.resource_id = person) and a.seq > after and a.payload is not null
		order by a.seq limit most
	), blanked as (
		update audit_log a set payload = null, origin = null from found f where a.seq = f.seq returning a.seq
	)
	select count(*), max(seq) from blanked;
end $$;
revoke execute on function audit_erase_slice(uuid, bigint, integer) from public;
