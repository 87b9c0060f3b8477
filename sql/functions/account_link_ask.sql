-- Somebody has asked for a mail with a link to that address: kind reset, or magic (for who asks, never for staff). Whether
-- anybody has the address, and whether a mail was written, is not said. Told in nobody's name: who it was nobody knows.
create or replace function account_link_ask(wanted text, address text, mail_id uuid, event_id uuid, mails_most integer,
	request_id text, traceparent text, origin text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	owner accounts;
begin
	select * into owner from accounts a where a.email = address and a.active;
	if not found or wanted not in ('reset', 'magic') or (wanted = 'magic' and owner.role <> 'user')
		or not account_mail(mail_id, owner.id, 'account_' || wanted, address, mails_most) or wanted <> 'reset' then
		return;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.password_reset_requested', event_id, null::uuid, null, request_id, traceparent,
		'accountId', owner.id, '{}', origin) e;
end $$;
revoke execute on function account_link_ask(text, text, uuid, uuid, integer, text, text, text) from public;
