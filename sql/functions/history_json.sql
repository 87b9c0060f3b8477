-- A change of a ticket, as it is shown: Change of queues/answers.def. Id and version are those that the reader sees
-- (history_shown).
create or replace function history_json(h ticket_history, shown_id bigint, version bigint) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', shown_id, 'ticketId', h.ticket_id, 'version', version, 'userId', h.actor_id,
		'action', case when h.version = 1 then 'created' when h.field in ('comment', 'internal_comment') then 'commented'
			else 'updated' end,
		'fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value, 'createdAt', h.created_at)
$$;

-- For an ingress of the version before.
create or replace function history_json(h ticket_history) returns jsonb
language sql stable as $$ select history_json(h, h.id, h.version::bigint) $$;
