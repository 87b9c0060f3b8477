-- The account has no second factor any more: told, and said to its owner. actor is who has asked. For functions that were asked by
-- ingress.
create or replace function totp_drop(actor uuid, account uuid, event_id uuid, mail_id uuid, mails_most integer, request_id text,
	traceparent text, origin text) returns void
language plpgsql as $$
begin
	delete from totp_factors f where f.account_id = account;
	delete from recovery_codes r where r.account_id = account;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.mfa_disabled', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', account, jsonb_build_object('method', 'totp'), origin) e;
	perform account_mail(mail_id, account, 'account_mfa_disabled', (select a.email from accounts a where a.id = account), mails_most);
end $$;
revoke execute on function totp_drop(uuid, uuid, uuid, uuid, integer, text, text, text) from public;
