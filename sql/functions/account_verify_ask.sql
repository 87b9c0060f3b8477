-- The link that proves an address, once more, for its owner. False: it is proven, or there were enough such mails.
create or replace function account_verify_ask(account uuid, mail_id uuid, mails_most integer) returns boolean
language sql security definer set search_path = public, pg_temp as $$
	select account_mail(mail_id, a.id, 'account_verify', a.email, mails_most) from accounts a
	where a.id = account and a.email_verified_at is null
$$;
revoke execute on function account_verify_ask(uuid, uuid, integer) from public;
