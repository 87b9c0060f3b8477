-- May a session be opened for what somebody has shown? epoch and credential are those that were verified (credential null: it was
-- proven otherwise); step and recovery those of the code that came with it (factor_spend.sql; recovery null: none did). verdict:
--   ok      yes; what has failed before is forgotten
--   half    all is well, but the account has a second factor, which was not shown
--   code    the code counts for nothing
--   gone    the account, its credential or its epoch is another by now, it is a service's, or too many have failed meanwhile
-- factor: what the code was; null: the account has no second factor.
create or replace function sign_in_opens(account uuid, token_epoch integer, credential text, rehash text, step bigint, recovery bytea,
	out verdict text, out role text, out factor text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	owner accounts;
begin
	select * into owner from accounts a where a.id = account and a.active and a.epoch = token_epoch for no key update;
	role := owner.role;
	verdict := 'gone';
	if owner.id is null or owner.role = 'service' then
		return;
	end if;
	if factor_is_on(account) then
		if recovery is null then
			verdict := 'half';
			return;
		end if;
		if exists (select from sign_in_failures f where f.email = owner.email and f.locked_until > now()) then
			return;
		end if;
		factor := factor_spend(account, step, recovery);
		if factor is null then
			verdict := 'code';
			return;
		end if;
	end if;
	if credential is not null and not sign_in_counts(account, owner.email, credential, rehash) then
		return;
	end if;
	delete from sign_in_failures f where f.email = owner.email;
	update accounts a set last_login_at = now() where a.id = account;
	verdict := 'ok';
end $$;
revoke execute on function sign_in_opens(uuid, integer, text, text, bigint, bytea) from public;
