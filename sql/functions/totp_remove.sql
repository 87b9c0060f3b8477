-- An administrator takes the second factor of somebody who has lost it away. ok, forbidden, missing (no such account), disabled (it
-- has none).
create or replace function totp_remove(actor uuid, account uuid, event_id uuid, mail_id uuid, mails_most integer, request_id text,
	traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	perform from accounts a where a.id = account for no key update;
	if not found then
		return 'missing';
	end if;
	if not exists (select from totp_factors f where f.account_id = account) then
		return 'disabled';
	end if;
	perform totp_drop(actor, account, event_id, mail_id, mails_most, request_id, traceparent, origin);
	return 'ok';
end $$;
revoke execute on function totp_remove(uuid, uuid, uuid, uuid, integer, text, text, text) from public;
