-- The dead letters that fit, the latest 100,000 of them, by type and error: how many, since when, and which is the latest. The largest
-- fifty groups.
create or replace function dead_groups(wanted jsonb) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	select coalesce(jsonb_agg(jsonb_build_object('error', error, 'type', type, 'count', n, 'queues', queues, 'firstAt', first_at,
		'lastAt', last_at, 'example', example) order by n desc, error, type), '[]')
	from (
		select dead_error(reason) as error, type, count(*) as n, to_jsonb(array_agg(distinct queue)) as queues, min(died_at) as first_at,
			max(died_at) as last_at, (array_agg(id order by died_at desc, id desc))[1] as example
		from (select * from dead_found(wanted) order by died_at desc, id desc limit 100000) latest
		group by 1, 2 order by n desc limit 50
	) grouped
$$;
revoke execute on function dead_groups(jsonb) from public;
