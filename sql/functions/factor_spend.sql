-- Does a code count as the account's second factor? step: that of a code of its device (0: it is none), recovery: the SHA-256 of what
-- may be a recovery code. Each counts once. What it was: totp, recovery_code; null: it counts for nothing. For functions that were
-- asked by ingress.
create or replace function factor_spend(account uuid, step bigint, recovery bytea) returns text
language plpgsql as $$
begin
	update totp_factors f set last_step = step where f.account_id = account and f.confirmed_at is not null and f.last_step < step;
	if found then
		return 'totp';
	end if;
	update recovery_codes r set used_at = now() where r.account_id = account and r.hash = recovery and r.used_at is null;
	return case when found then 'recovery_code' end;
end $$;
revoke execute on function factor_spend(uuid, bigint, bytea) from public;
