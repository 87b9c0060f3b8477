-- Keeps what another service says about itself: ok, or forbidden.
create or replace function log_take(actor uuid, bits integer, service text, line jsonb) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not exists (select from actor_of(actor) a where a.active and a.bits & log_take.bits <> 0) then
		return 'forbidden';
	end if;
	perform log_keep(service, 'api', jsonb_build_array(line));
	return 'ok';
end $$;
revoke execute on function log_take(uuid, integer, text, jsonb) from public;
