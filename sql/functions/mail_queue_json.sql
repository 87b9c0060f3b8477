-- The mails that are not sent: a lane for each priority, in the order in which they go out, those that failed and those that
-- are held; the server, and the domains.
create or replace function mail_queue_json(wanted jsonb) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	select jsonb_build_object('high', mail_lane_json('{queued,sending}', 1::smallint, wanted),
		'normal', mail_lane_json('{queued,sending}', 2::smallint, wanted),
		'low', mail_lane_json('{queued,sending}', 3::smallint, wanted),
		'failed', mail_lane_json('{failed}', null, wanted), 'held', mail_lane_json('{held}', null, wanted),
		'depth', (select count(*) from (select from mails where state in ('queued', 'sending') limit 1000000) waiting),
		'server', (select jsonb_build_object('isUp', coalesce(bool_and(is_up), true), 'since', max(since), 'said',
			max(said) filter (where not is_up)) from dependencies where name = 'smtp'),
		'byDomain', mail_domains_json())
$$;
revoke execute on function mail_queue_json(jsonb) from public;
