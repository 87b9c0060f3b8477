-- A schedule as it is shown; next_at is the row of timers that it has, or null.
create or replace function schedule_json(s schedules, next_at timestamptz) returns jsonb
language sql immutable parallel safe as $$
	select jsonb_build_object('id', s.id, 'name', s.name, 'ownerId', s.owner_id, 'rule', s.rule, 'timezone', s.timezone,
		'startsAt', s.starts_at, 'nextAt', next_at, 'active', s.active, 'title', s.title, 'description', s.description,
		'priority', s.priority, 'category', nullif(s.category, ''), 'version', s.version, 'createdAt', s.created_at,
		'updatedAt', s.updated_at)
$$;
