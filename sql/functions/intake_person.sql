-- The account of who writes by mail, or is written to beside us. Somebody may have registered with that address who does not have
-- it, to read what its owner would be answered: until the address is proven, whatever led into the account ends with the first mail
-- from there.
-- The owner gets in by the link of a mail. No row: there is no such account.
create or replace function intake_person(address text, told uuid, traceparent text) returns table (id uuid, active boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	claimed accounts;
begin
	select * into claimed from accounts a where a.email = address and a.email_unproven for no key update;
	if claimed.id is not null then
		perform account_claim_ends(claimed.id);
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('user.password_withdrawn', told, null::uuid, null, null, traceparent, 'accountId', claimed.id, '{}', null) e;
	end if;
	return query select a.id, a.active from accounts a where a.email = address;
end $$;
revoke execute on function intake_person(text, uuid, text) from public;
