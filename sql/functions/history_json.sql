-- A change of a ticket, as it is shown: Change of queues/answers.def. Id and version are those that the reader sees
-- (history_shown); comment is what was said with it.
create or replace function history_json(h ticket_history, shown_id bigint, version bigint, is_staff boolean) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', shown_id, 'ticketId', h.ticket_id, 'version', version, 'userId', h.actor_id,
		'action', case when h.version = 1 then 'created' when h.field in ('comment', 'internal_comment') then 'commented'
			when h.field = 'event' then 'event' else 'updated' end,
		'fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value, 'createdAt', h.created_at,
		'comment', (select c.content from ticket_comments c
			where c.ticket_id = h.ticket_id and c.command_id = h.command_id and (is_staff or not c.is_internal)
			order by c.seq limit 1))
$$;

-- For an ingress of the version before.
create or replace function history_json(h ticket_history, shown_id bigint, version bigint) returns jsonb
language sql stable as $$ select history_json(h, shown_id, version, false) - 'comment' $$;
create or replace function history_json(h ticket_history) returns jsonb
language sql stable as $$ select history_json(h, h.id, h.version::bigint) $$;
