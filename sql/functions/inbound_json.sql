-- A mail that came, as staff is shown it in a list: InboundRow of queues/answers.def.
create or replace function inbound_json(i inbound_mails) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', i.id, 'door', i.door, 'acceptedAt', i.accepted_at, 'from', i.from_address, 'fromName', i.from_name,
		'subject', i.subject, 'size', i.size, 'outcome', i.outcome, 'reason', i.reason, 'approval', i.approval,
		'verified', i.verified, 'automatic', i.automatic, 'mailboxId', i.mailbox_id, 'ticketId', i.ticket_id,
		'ticketNumber', ticket_number_of(i.ticket_id), 'commentId', i.comment_id, 'attempts', i.attempts, 'error', i.error)
$$;
