-- Has the account a second factor that signing in asks for?
create or replace function factor_is_on(account uuid) returns boolean
language sql stable as $$
	select exists (select from totp_factors f where f.account_id = account and f.confirmed_at is not null)
$$;
