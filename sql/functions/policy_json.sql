-- A policy as it is shown; is_default: the one that is always there, and last. was: the version that is meant, which says
-- itself what it said; place is where it stands now.
create or replace function policy_json(was sla_policy_versions, place integer, created_at timestamptz) returns jsonb
language sql immutable parallel safe as $$
	select jsonb_build_object('id', was.policy_id, 'name', was.name, 'position', place,
		'isDefault', was.policy_id = '00000000-0000-8000-8000-000000000001', 'calendarId', was.calendar_id,
		'version', was.version, 'createdAt', created_at, 'updatedAt', was.changed_at) || was.body
$$;
