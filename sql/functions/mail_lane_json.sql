-- How many mails there are of some states and a priority (null: any), and the first of them. wanted: domain, error (a part of
-- the last reply), limit. The count ends at a million.
create or replace function mail_lane_json(states text[], lane smallint, wanted jsonb) returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'depth', (select count(*) from (
			select from mails m where m.state = any (states) and (lane is null or m.priority = lane)
				and (not wanted ? 'domain' or m.domain = lower(wanted ->> 'domain'))
				and (not wanted ? 'error' or strpos(lower(m.last_reply), lower(wanted ->> 'error')) > 0)
			limit 1000000) counted),
		'jobs', (select coalesce(jsonb_agg(mail_job_json(j.m) order by (j.m).next_attempt_at, (j.m).id), '[]') from (
			select m from mails m where m.state = any (states) and (lane is null or m.priority = lane)
				and (not wanted ? 'domain' or m.domain = lower(wanted ->> 'domain'))
				and (not wanted ? 'error' or strpos(lower(m.last_reply), lower(wanted ->> 'error')) > 0)
			order by m.next_attempt_at, m.id
			limit coalesce((wanted ->> 'limit')::integer, 20)) j))
$$;
