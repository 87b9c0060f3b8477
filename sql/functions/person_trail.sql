-- What the trail still says by and about somebody behind a place: how many rows, at most so many, and the last one's.
create or replace function person_trail(person uuid, after bigint, most bigint) returns table (n bigint, last bigint)
language sql stable security definer set search_path = public, pg_temp as $$
	select count(*), max(seq) from (
		select a.seq from audit_log a where (a.actor_id = person or a.resource_id = person) and a.seq > after and a.payload is not null
		order by a.seq limit most) slice
$$;
revoke execute on function person_trail(uuid, bigint, bigint) from public;
