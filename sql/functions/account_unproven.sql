-- Who has just registered with an address gets that mail in the same transaction: of a trigger.
create or replace function account_unproven() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform account_mail(id_beside(new.id, 1), new.id, 'account_verify', new.email, 1);
	return null;
end $$;
