-- What somebody is told: PreferenceSheet of queues/answers.def. What stands in accounts.notifications is what was chosen
-- (queues/preferences.h), and what a topic's row says fills the rest.
create or replace function preferences_json(a accounts) returns jsonb
language sql stable as $$
	select jsonb_build_object('language', a.language, 'timezone', a.timezone, 'theme', a.theme,
		'notifications', (select jsonb_object_agg(t.topic, jsonb_build_object('email', t.email, 'in_app', t.in_app, 'push', t.in_app,
				'sms', 'off') || case when t.must then '{}' else coalesce(a.notifications -> 'notifications' -> t.topic, '{}') end)
			from notification_topics() t),
		'mandatory', (select jsonb_agg(t.topic order by t.topic) from notification_topics() t where t.must),
		'quietHours', case when a.notifications ? 'quietHours' then '{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}'
			|| (a.notifications -> 'quietHours') end,
		'digest', '{"every": "hourly", "at": "08:00"}' || coalesce(a.notifications -> 'digest', '{}'),
		'version', a.version)
$$;
