-- Whoever had an account whose address was never proven has it no more: all that led into it ends, and what was signed in. For
-- functions that know who the owner is.
create or replace function account_claim_ends(account uuid) returns void
language plpgsql as $$
begin
	update accounts a set email_unproven = false, epoch = a.epoch + 1 where a.id = account;
	update sessions s set revoked_at = now() where s.account_id = account and s.revoked_at is null;
	update api_tokens t set revoked_at = now(), changed_xid = pg_current_xact_id() where t.account_id = account and t.revoked_at is null;
	delete from credentials c where c.account_id = account;
	delete from totp_factors f where f.account_id = account;
	delete from recovery_codes r where r.account_id = account;
	delete from identities i where i.account_id = account;
end $$;
revoke execute on function account_claim_ends(uuid) from public;
