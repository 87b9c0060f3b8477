-- Mail that came, the latest first: wanted has the fields of the READ row inbound_list. Planned for each call.
create or replace function inbound_page(wanted jsonb) returns setof inbound_mails
language sql stable as $$
	select i.* from inbound_mails i
	where (not wanted ? 'outcome' or i.outcome = wanted ->> 'outcome')
		and (not wanted ? 'approval' or i.approval = wanted ->> 'approval')
		and (not wanted ? 'mailboxId' or i.mailbox_id = (wanted ->> 'mailboxId')::uuid)
		and (not wanted ? 'ticketId' or i.ticket_id = (wanted ->> 'ticketId')::uuid)
		and (not wanted ? 'from' or i.from_address = wanted ->> 'from')
$$;
