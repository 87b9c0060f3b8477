-- SlowThings of queues/answers.def: routes of all ingresses together, as each counts them.
create or replace function slow_json() returns jsonb
language sql stable as $$
	with r as (
		select e ->> 'route' as route, e ->> 'method' as method, sum((e ->> 'calls')::bigint) as calls, sum((e ->> 'totalMs')::bigint) as total
		from program_instances, jsonb_array_elements(facts -> 'requests' -> 'routes') e
		group by 1, 2 order by 4 desc limit 20
	)
	select jsonb_build_object(
		'routes', coalesce((select jsonb_agg(jsonb_build_object('route', route, 'method', method, 'calls', calls, 'totalMs', total,
			'meanMs', round(total::numeric / calls, 3)) order by total desc) from r), '[]'),
		'statements', (select snapshot -> 'statements' from monitor_state))
$$;
