-- Lines of the log, the youngest first: f as the API's fields are called (queues/monitoring.def). Planned for each call, so that what
-- is not asked for is not in the plan, and what is finds its index.
create or replace function log_page(f jsonb) returns jsonb
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return (
		select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('seq', l.seq, 'at', l.at,
			'level', (array['debug', 'info', 'notice', 'warning', 'error', 'critical'])[l.level + 1], 'service', l.program, 'host', l.host,
			'message', l.message, 'line', l.line)) order by l.seq desc), '[]')
		from (
			select * from log_lines o
			where (f ->> 'before' is null or o.seq < (f ->> 'before')::bigint)
				and (f ->> 'service' is null or o.program = f ->> 'service')
				and (f ->> 'level' is null or o.level >= array_position(array['debug', 'info', 'notice', 'warning', 'error', 'critical'], f ->> 'level') - 1)
				and (f ->> 'since' is null or (o.at >= (f ->> 'since')::timestamptz and o.day >= ((f ->> 'since')::timestamptz at time zone 'utc')::date - 1))
				and (f ->> 'until' is null or o.at < (f ->> 'until')::timestamptz)
				and (f ->> 'id' is null or o.ids @> array[f ->> 'id'])
				and (f ->> 'search' is null or o.line::text ilike '%' || regexp_replace(f ->> 'search', '([\\%_])', '\\\1', 'g') || '%')
			order by o.seq desc
			limit least(coalesce((f ->> 'tail')::integer, 100), 1000)
		) l
	);
end $$;
