-- Who may sign in and whose address a file of people has not: no administrator, no service, not the account of mail without
-- a sender, and not who asks, the first ones of them.
create or replace function person_import_gone(actor uuid, addresses jsonb, most bigint) returns table (id uuid, email text)
language sql stable security definer set search_path = public, pg_temp as $$
	select a.id, a.email from accounts a
	where a.active and a.deleted_at is null and a.role not in ('admin', 'service') and a.id <> actor
		and not (a.first_name = 'Unknown' and a.last_name = 'sender' and a.email like 'unknown.sender.%')
		and exists (select from actor_of(actor) w where w.active and w.bits & 32 <> 0)
		and a.email not in (select jsonb_array_elements_text(addresses))
	order by a.email limit most
$$;
revoke execute on function person_import_gone(uuid, jsonb, bigint) from public;
