-- May this one do what operators do? An administrator of the API, or whoever works with guichetctl (null).
create or replace function operator_may(actor uuid) returns boolean
language plpgsql stable set search_path = public, pg_temp as $$
declare
	who record;
begin
	if actor is null then
		return session_user <> 'guichet_ingress';
	end if;
	select * into who from actor_of(actor);
	return who.id is not null and who.active and who.bits & 32 <> 0;
end $$;
