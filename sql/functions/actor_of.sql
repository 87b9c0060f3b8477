-- An actor and its access bits (queues/catalogue.h): 2 self, 8 agent, 16 manager, 32 admin, 256 service.
create or replace function actor_of(wanted uuid) returns table (id uuid, role text, active boolean, is_staff boolean, bits integer)
language sql stable as $$
	select a.id, a.role, a.active, a.role not in ('user', 'service'),
		2 | case a.role when 'agent' then 8 when 'manager' then 16 when 'admin' then 32 when 'service' then 256 else 0 end
	from accounts a where a.id = wanted
$$;
