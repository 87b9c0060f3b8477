-- A mail on its way as operators see it: all but what it says. why: what it waits for, or what ended it.
create or replace function mail_job_json(m mails) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', m.id, 'state', m.state, 'why', case
			when m.state in ('held', 'sent', 'failed', 'sending') then m.state
			when m.for_server then 'server'
			when m.next_attempt_at > now() then 'refused'
			when exists (select from mail_domains d where d.domain = m.domain and d.slow_until > now()) then 'slow_domain'
			else 'due' end,
		'priority', (array['high', 'normal', 'low'])[m.priority], 'attempts', m.attempts, 'refusals', m.refusals,
		'nextAttemptAt', case when m.state = 'queued' then m.next_attempt_at end, 'triedAt', m.tried_at, 'sentAt', m.sent_at,
		'recipient', m.recipient, 'domain', m.domain, 'sender', nullif(m.sender, ''), 'template', m.template,
		'language', m.language, 'ticketId', m.ticket_id, 'recipientId', m.recipient_id, 'lastReply', m.last_reply,
		'createdAt', m.created_at)
$$;
