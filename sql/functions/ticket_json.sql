-- A ticket, as it is shown: Ticket of queues/answers.def without its comments and links. Who is no staff must not even
-- see how many internal comments there are. No query stands in it, so that PostgreSQL makes it a part of the statement that
-- calls it, instead of planning it at each call.
create or replace function ticket_json(t tickets, is_staff boolean, access integer) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'description', t.description, 'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''),
		'userId', t.owner_id, 'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id,
		'watchers', t.watchers, 'resolution', t.resolution, 'commentCount', comments_shown(t, is_staff),
		'version', shown_version(t, is_staff), 'createdAt', t.created_at,
		'updatedAt', case when is_staff then t.updated_at else t.public_updated_at end, 'resolvedAt', t.resolved_at, 'closedAt', t.closed_at,
		'dueDate', t.due_at, 'mergedInto', t.merged_into,
		'mergedIntoNumber', case when t.merged_into is not null then ticket_number_of(t.merged_into) end,
		'followUpTo', t.follow_up_to, 'descriptionAuthorId', coalesce(t.description_author_id, t.owner_id),
		'isOverdue', coalesce(t.due_at < now(), false) and t.status not in ('resolved', 'closed'),
		'sla', sla_json(t, true))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
		|| case when t.inbound_id is not null then jsonb_build_object('mail', mail_said_json(t.inbound_id, is_staff)) else '{}' end
		|| case when is_staff then jsonb_build_object('snoozedUntil', t.snoozed_until) else '{}' end
$$;

-- For an ingress of the version before.
create or replace function ticket_json(t tickets, is_staff boolean) returns jsonb
language sql stable as $$ select ticket_json(t, is_staff, 0) $$;
