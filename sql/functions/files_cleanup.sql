-- files_expire.sql for an administrator who cannot wait for it. verdict: ok, forbidden.
create or replace function files_cleanup(actor uuid, unattached_s bigint, kept_s bigint, out verdict text, out removed bigint,
	out bytes bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	who record;
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict = 'ok' then
		select e.removed, e.bytes into removed, bytes from files_expire(unattached_s, kept_s, false) e;
	end if;
end $$;
revoke execute on function files_cleanup(uuid, bigint, bigint) from public;
