-- An account: Account of queues/answers.def.
create or replace function account_json(a accounts) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', a.id, 'userId', a.id, 'email', a.email, 'role', a.role, 'firstName', a.first_name,
		'lastName', a.last_name, 'language', a.language, 'isActive', a.active, 'emailVerified', a.email_verified_at is not null,
		'createdAt', a.created_at, 'lastLogin', a.last_login_at, 'avatarUrl', avatar_url(a.id))
$$;
