-- Why: the workflow. When a ticket is due, what solved it, when staff first answered, and
-- tickets that are deleted (kept, shown to nobody); links between tickets.
alter table tickets
	add column response_due_at timestamptz,
	add column due_at timestamptz,
	add column first_response_at timestamptz,
	add column resolution text,
	add column merged_into uuid references tickets,
	add column internal_count integer not null default 0,
	add column deleted_at timestamptz;

-- Before the workflow there was no due time: S1's figures, from the creation.
update tickets set
	response_due_at = created_at + case priority when 'urgent' then interval '30 minutes' when 'high' then interval '2 hours'
		when 'medium' then interval '4 hours' else interval '24 hours' end,
	due_at = created_at + case priority when 'urgent' then interval '2 hours' when 'high' then interval '4 hours'
		when 'medium' then interval '24 hours' else interval '72 hours' end;
update tickets t set internal_count = (select count(*) from ticket_comments c where c.ticket_id = t.id and c.is_internal)
where t.comment_count > 0;
alter table tickets
	alter column response_due_at set not null,
	alter column due_at set not null,
	add constraint ticket_resolved_has_resolved_at check (status not in ('resolved') or resolved_at is not null);

create index tickets_of_assignee on tickets (assignee_id, created_at desc, id desc) where assignee_id is not null;
create index tickets_by_status on tickets (status, created_at desc, id desc) where deleted_at is null;
create index tickets_by_priority on tickets (priority, created_at desc, id desc) where deleted_at is null;
create index tickets_overdue on tickets (due_at) where status not in ('resolved', 'closed') and deleted_at is null;

alter table ticket_comments add column edited_at timestamptz;

drop function ticket_json(tickets);
-- Who is no staff must not even see how many internal comments there are.
create function ticket_json(t tickets, is_staff boolean) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'description', t.description, 'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''),
		'userId', t.owner_id, 'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id, 'tags', t.tags,
		'watchers', t.watchers, 'resolution', t.resolution, 'commentCount', t.comment_count - case when is_staff then 0 else t.internal_count end,
		'version', t.version, 'createdAt', t.created_at, 'updatedAt', t.updated_at, 'resolvedAt', t.resolved_at, 'closedAt', t.closed_at,
		'dueDate', t.due_at, 'mergedInto', t.merged_into,
		'isOverdue', t.due_at < now() and t.status not in ('resolved', 'closed'),
		'sla', jsonb_build_object('responseDue', t.response_due_at, 'resolutionDue', t.due_at,
			'firstResponseAt', t.first_response_at))
$$;

create or replace function comment_json(c ticket_comments) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'seq', c.seq, 'userId', c.author_id,
		'content', c.content, 'isInternal', c.is_internal, 'createdAt', c.created_at, 'editedAt', c.edited_at)
$$;
