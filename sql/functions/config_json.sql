-- What the processes run with that were heard of lately, or those of one program: [ProgramConfig] of queues/answers.def.
create or replace function config_json(named text) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	select coalesce(jsonb_agg(jsonb_build_object('program', i.program, 'host', i.host, 'pid', i.pid, 'version', i.version, 'startedAt', i.started_at,
		'settings', coalesce(s.settings, '[]')) order by i.program, i.started_at, i.instance), '[]')
	from program_instances i left join program_settings s using (instance)
	where i.seen_at > now() - interval '1 minute' and (named is null or i.program = replace(named, '-', '_'))
$$;
revoke execute on function config_json(text) from public;
