-- A device is about to share this sealed secret, for who has just shown the password that is kept as credential. Once more before it
-- is confirmed takes the place of the one before. ok, enabled (there is one that counts), gone (the password is another by now).
create or replace function totp_enrol(account uuid, credential text, sealed bytea) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return 'gone';
	end if;
	insert into totp_factors as f (account_id, secret) values (account, sealed)
	on conflict (account_id) do update set secret = sealed, created_at = now() where f.confirmed_at is null;
	return case when found then 'ok' else 'enabled' end;
end $$;
revoke execute on function totp_enrol(uuid, text, bytea) from public;
