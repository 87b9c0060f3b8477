-- A person: PersonSheet of queues/answers.def.
create or replace function person_sheet(a accounts, sees_all boolean) returns jsonb
language sql stable as $$
	select person_json(a, sees_all) || jsonb_build_object('avatarUrl', avatar_url(a.id))
		|| case when sees_all then jsonb_build_object('phone', nullif(a.phone, ''), 'bio', nullif(a.bio, ''),
			'status', case when a.active then 'active' else 'inactive' end, 'version', a.version, 'updatedAt', a.updated_at,
			'preferences', jsonb_build_object('language', a.language, 'timezone', a.timezone, 'theme', a.theme)) else '{}' end
$$;
