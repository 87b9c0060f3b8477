-- The address of the mailbox that a ticket came by, from which it is answered; '' the desk's own.
create or replace function ticket_mailbox(ticket uuid) returns text
language sql stable as $$
	select coalesce((select m.address from inbound_mails i join mailboxes m on m.id = i.mailbox_id and m.deleted_at is null and m.active
		where i.ticket_id = ticket and i.outcome = 'ticket' order by i.id limit 1), '')
$$;
