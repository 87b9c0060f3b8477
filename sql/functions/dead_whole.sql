-- One dead letter, with all it says; null: there is none.
create or replace function dead_whole(wanted uuid) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	select dead_whole_json(d) from dead_letters d where d.id = wanted
$$;
revoke execute on function dead_whole(uuid) from public;
