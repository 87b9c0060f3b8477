-- A change of these fields is staff's own; workers/ticket/history.c has the same rule.
create or replace function history_is_public(field text) returns boolean
language sql immutable parallel safe as $$ select field not in ('internal_comment', 'tags', 'link', 'merged_from', 'event', 'internal_file',
	'sla', 'sla_policy', 'late', 'reminded', 'snoozed_until', 'response_due_at', 'next_response_due_at') $$;
