-- A working calendar as it is shown: the version that is meant. Without hours it is open at any time.
create or replace function calendar_json(was calendar_versions, created_at timestamptz) returns jsonb
language sql immutable parallel safe as $$
	select jsonb_build_object('id', was.calendar_id, 'name', was.name, 'version', was.version, 'createdAt', created_at,
		'updatedAt', was.changed_at, 'timezone', 'UTC', 'weekly', null, 'holidays', '[]'::jsonb) || was.body
$$;
