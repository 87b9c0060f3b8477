-- A mail about an account itself: links, and what its owner must know. Nobody can decline it, so there are no more than $most
-- of a kind to an address in an hour, whoever asks, and what strangers ask for holds up no warning; and to one that is not proven nothing but the link that proves it. False: it is
-- not written. For functions that were asked by ingress.
create or replace function account_mail(mail_id uuid, account uuid, template text, address text, most integer) returns boolean
language plpgsql as $$
declare
	owner accounts;
begin
	select * into owner from accounts a where a.id = account for no key update; -- one after the other, so that all are counted
	if not found or not owner.active or (owner.email_unproven and account_mail.template <> 'account_verify')
		or (select count(*) from mails m where m.recipient = address and m.ticket_id is null
			and m.template = account_mail.template and m.created_at > now() - interval '1 hour') >= most then
		return false;
	end if;
	insert into mails (id, priority, template, language, recipient, recipient_id, event_id, fields)
	values (mail_id, 1, template, owner.language, address, owner.id, mail_id, jsonb_build_object('userName',
		coalesce(nullif(btrim(owner.first_name || ' ' || owner.last_name), ''), split_part(owner.email, '@', 1))));
	return true;
end $$;
revoke execute on function account_mail(uuid, uuid, text, text, integer) from public;
