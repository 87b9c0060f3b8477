-- Its owner, who has just shown the password that is kept as credential, wants no second factor any more, and shows it once more
-- (factor_spend.sql). ok, code (it counts for nothing), disabled (there is none), gone (the password is another by now).
create or replace function totp_disable(account uuid, credential text, step bigint, recovery bytea, event_id uuid, mail_id uuid,
	mails_most integer, request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return 'gone';
	end if;
	if not factor_is_on(account) then
		return 'disabled';
	end if;
	if factor_spend(account, step, recovery) is null then
		return 'code';
	end if;
	perform totp_drop(account, account, event_id, mail_id, mails_most, request_id, traceparent, origin);
	return 'ok';
end $$;
revoke execute on function totp_disable(uuid, text, bigint, bytea, uuid, uuid, integer, text, text, text) from public;
