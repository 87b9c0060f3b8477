-- Was it told to this account in the app, and is it still there? What was told to somebody as staff is shown to staff alone.
create or replace function notification_is_shown(n notifications, actor uuid, is_staff boolean) returns boolean
language sql immutable parallel safe as $$
	select n.recipient_id = actor and n.channel = 'in_app' and n.state = 'told' and n.deleted_at is null
		and (is_staff or not coalesce((n.why ->> 'staff')::boolean, false))
$$;
