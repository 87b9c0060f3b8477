-- Diagnostics of queues/answers.def, from what the monitor saw last.
create or replace function diagnostics_json() returns jsonb
language sql stable as $$
	with s as (select max(at) as at, (array_agg(snapshot))[1] as seen from monitor_state)
	select jsonb_build_object(
		'ageSeconds', extract(epoch from now() - s.at)::bigint,
		'findings', coalesce((select jsonb_agg(jsonb_build_object('name', l ->> 'name', 'subject', l ->> 'subject', 'severity', l ->> 'severity',
			'since', l ->> 'since', 'message', l -> 'message', 'todo', l -> 'todo')) from jsonb_array_elements(s.seen -> 'alerts') l), '[]'),
		'ports', coalesce((select jsonb_agg(jsonb_build_object('program', program, 'host', host, 'probe', facts ->> 'probe',
			'silentSeconds', extract(epoch from now() - seen_at)::bigint) order by program, started_at) from program_instances), '[]'),
		'disks', coalesce(s.seen -> 'disks', '[]'),
		'stores', jsonb_build_object('database', s.seen -> 'database', 'broker', s.seen -> 'broker', 'backup', s.seen -> 'backup'),
		'clock', jsonb_build_object('database', now(), 'programs', coalesce((select jsonb_agg(jsonb_build_object('program', program, 'host', host,
			'aheadSeconds', round(extract(epoch from (facts -> 'health' ->> 'timestamp')::timestamptz - seen_at)::numeric, 1)) order by program)
			from program_instances where facts -> 'health' ->> 'timestamp' is not null), '[]')),
		'queues', coalesce(s.seen -> 'queues', '[]'))
	from s
$$;
