-- Does a sign-in by password count, that was verified as this credential? The credential must be the account's still, and too many
-- must not have failed meanwhile. Then rehash, when there is one, stands in its place (the same password, hashed as it is done
-- now). A change of the password waits for the sign-in that is under way, or this for
-- that (account_password_change.sql).
create or replace function sign_in_counts(account uuid, address text, credential text, rehash text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if exists (select from sign_in_failures f where f.email = address and f.locked_until > now()) then
		return false;
	end if;
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return false;
	end if;
	update credentials c set password_hash = rehash where c.account_id = account and rehash is not null;
	return true;
end $$;
revoke execute on function sign_in_counts(uuid, text, text, text) from public;
