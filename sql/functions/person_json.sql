-- Somebody in a list of people: Person of queues/answers.def.
create or replace function person_json(a accounts, sees_all boolean) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', a.id, 'userId', a.id, 'firstName', a.first_name, 'lastName', a.last_name, 'role', a.role)
		|| case when sees_all then jsonb_build_object('email', a.email, 'department', nullif(a.department, ''),
			'jobTitle', nullif(a.job_title, ''), 'language', a.language, 'isActive', a.active, 'createdAt', a.created_at,
			'lastLogin', a.last_login_at) else '{}' end
$$;
