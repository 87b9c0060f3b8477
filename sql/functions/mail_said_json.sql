-- What a mail says that a ticket or a comment has come by, for whoever may read that: MailSaid of queues/answers.def. Only staff
-- is told who else was written to, and what our mail server thinks of the sender.
create or replace function mail_said_json(inbound uuid, is_staff boolean) returns jsonb
language plpgsql stable as $$
begin
	return (select jsonb_build_object('html', t.visible_html, 'foldedText', t.folded_text, 'foldedHtml', t.folded_html,
			'attachments', t.attachments)
			|| case when is_staff then jsonb_build_object('inboundId', i.id, 'from', i.from_address, 'fromName', i.from_name,
				'verified', i.verified, 'to', t.to_shown, 'cc', t.cc_shown, 'notes', t.notes) else '{}' end
		from inbound_mails i join inbound_texts t on t.inbound_id = i.id where i.id = inbound);
end $$;
