-- What an account was told in the app, the newest first: see notification_list.sql. Planned for each call.
create or replace function notification_page(wanted jsonb, actor uuid, is_staff boolean, most bigint, skipped bigint)
returns setof notifications
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select n.* from notifications n
	where n.recipient_id = actor and n.channel = 'in_app' and n.state = 'told' and n.deleted_at is null
		and (is_staff or not coalesce((n.why ->> 'staff')::boolean, false))
		and (not wanted ? 'cursor' or n.seq < (wanted ->> 'cursor')::bigint)
		and (not wanted ? 'type' or n.topic = wanted ->> 'type')
		and (not wanted ? 'unread' or (n.read_at is null) = (wanted ->> 'unread')::boolean)
	order by n.seq desc
	limit most offset skipped;
end $$;
