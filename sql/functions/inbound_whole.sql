-- The same with all that is kept of it: InboundMail of queues/answers.def.
create or replace function inbound_whole(i inbound_mails) returns jsonb
language sql stable as $$
	select inbound_json(i) || jsonb_build_object('peer', i.peer, 'envelopeFrom', i.envelope_from, 'recipients', to_jsonb(i.recipients),
		'messageId', i.message_id, 'sha256', encode(i.sha256, 'hex'), 'duplicateOf', i.duplicate_of, 'mailId', i.notified_mail_id,
		'to', coalesce(t.to_shown, '[]'), 'cc', coalesce(t.cc_shown, '[]'), 'text', coalesce(t.visible_text, ''),
		'foldedText', coalesce(t.folded_text, ''), 'html', coalesce(t.visible_html, ''), 'foldedHtml', coalesce(t.folded_html, ''),
		'attachments', coalesce(t.attachments, '[]'), 'notes', coalesce(t.notes, '[]'))
	from (select 1) one left join inbound_texts t on t.inbound_id = i.id
$$;
