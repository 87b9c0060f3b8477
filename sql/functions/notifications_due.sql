-- Tells what has waited until now, at most so many notifications; how many were looked at. A digest is one mail for all of a
-- person's, all else one for each of his tickets; what is alone in it is told by its own template. The mail has the id of the
-- first of them, in the order they were written, and is written in the statement that marks them: none is lost, and none told
-- twice, however many workers look, or die. Who was disabled meanwhile, or is no longer of the staff that he was told as, is
-- told nothing. What is told is told now: it gets the place (xid, seq) of this moment.
create or replace function notifications_due(most integer) returns integer
language sql as $$
	with ripe as materialized (
		select n.id from notifications n where n.state = 'waiting' and n.due_at <= now() order by n.due_at limit most
		for update skip locked
	), waiting as materialized (
		select n.*, n.why ->> 'decided' = 'digest' as is_digest, a.email, a.language as speaks, a.active and (a.role not in ('user', 'service')
				or not coalesce((n.why ->> 'staff')::boolean, false)) as may_know,
			coalesce(nullif(trim(a.first_name || ' ' || a.last_name), ''), split_part(a.email, '@', 1)) as name
		from ripe join notifications n using (id) join accounts a on a.id = n.recipient_id
	), gathered as (
		select recipient_id, is_digest, case when not is_digest then coalesce(ticket_id, id) end as subject,
			count(*) as n, (array_agg(id order by seq))[1] as mail_id, (array_agg(event_id order by seq))[1] as event_id,
			(array_agg(template order by seq))[1] as template, (array_agg(topic order by seq))[1] as topic,
			(array_agg(fields order by seq desc))[1] as fields, (array_agg(ticket_id order by seq))[1] as ticket_id,
			min(priority) as priority, min(speaks) as language, min(email) as email, min(name) as name,
			string_agg('- ' || title || case when body <> '' then E'\n  ' || replace(body, E'\n', E'\n  ') else '' end, E'\n' order by seq) as list,
			jsonb_agg(jsonb_build_object('title', title, 'body', body, 'ticketNumber', coalesce(fields ->> 'ticketNumber', ''),
				'at', created_at) order by seq) as items,
			coalesce(jsonb_agg(fields #> '{commentIds,0}' order by seq) filter (where fields ? 'commentIds'), '[]') as comments
		from waiting where may_know
		group by 1, 2, 3
	), mailed as (
		insert into mails (id, priority, template, language, recipient, recipient_id, ticket_id, event_id, topic, unsubscribe, fields, sender)
		select mail_id, case when is_digest then 3 else priority end,
			case when is_digest then 'digest' when n > 1 then 'burst' else template end, language, email, recipient_id,
			case when not is_digest then ticket_id end, event_id, case when is_digest then 'digest' else topic end,
			case when is_digest then 'digest' else topic end,
			case when n = 1 and not is_digest then fields else jsonb_build_object('userName', name, 'count', n::text, 'list', list,
				'items', items) || case when is_digest then '{}' else jsonb_build_object('ticketNumber', fields -> 'ticketNumber',
				'title', fields -> 'title', 'subjectTitle', fields -> 'subjectTitle', 'commentIds', comments) end end,
			case when is_digest then '' else ticket_mailbox(ticket_id) end
		from gathered
		on conflict do nothing
	), marked as (
		update notifications n set state = case when w.may_know then 'told' else 'declined' end, due_at = null,
			mail_id = g.mail_id, told_at = case when w.may_know then now() end,
			why = case when w.may_know then n.why else n.why || '{"decided": "no longer concerned"}' end,
			xid = pg_current_xact_id(), seq = default
		from waiting w left join gathered g on g.recipient_id = w.recipient_id and g.is_digest = w.is_digest
			and g.subject is not distinct from case when not w.is_digest then coalesce(w.ticket_id, w.id) end and w.may_know
		where n.id = w.id
		returning 1
	)
	select count(*)::integer from marked
$$;
