-- Trigger: wrong passwords are forgotten.
create or replace function account_is_unlocked() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	delete from sign_in_failures f where f.email = new.email;
	return null;
end $$;
revoke execute on function account_is_unlocked() from public;
