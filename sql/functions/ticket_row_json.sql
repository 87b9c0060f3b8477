-- What a client may be shown of a ticket in a list: no description, no comments.
create or replace function ticket_row_json(t tickets, is_staff boolean, access integer) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''), 'userId', t.owner_id,
		'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id, 'commentCount', t.comment_count - case when is_staff then 0 else t.internal_count end,
		'version', shown_version(t, is_staff), 'createdAt', t.created_at,
		'updatedAt', case when is_staff then t.updated_at else t.public_updated_at end, 'dueDate', t.due_at,
		'isOverdue', coalesce(t.due_at < now(), false) and t.status not in ('resolved', 'closed'), 'sla', sla_json(t, false))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
		|| case when is_staff then jsonb_build_object('snoozedUntil', t.snoozed_until) else '{}' end
$$;
