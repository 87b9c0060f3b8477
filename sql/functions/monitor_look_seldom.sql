-- What the database knows of how everything goes and takes longer to say, or changes slowly: once in half a minute.
create or replace function monitor_look_seldom() returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	select jsonb_build_object(
		'inbound', jsonb_build_object('difference', case when (l ->> 'agrees')::boolean then 0 else 1 end,
			'unapplied', (l ->> 'unapplied')::bigint, 'quarantined', (l ->> 'quarantined')::bigint),
		'database', jsonb_build_object('schema', schema_version(), 'partitionsAheadDays', partitions_end() - today(),
			'sizeBytes', pg_database_size(current_database())),
		'backup', jsonb_build_object('ageHours', coalesce((select floor(extract(epoch from now() - max(ended_at)) / 3600)::bigint from backups where outcome = 'done'), 0),
			'ageSeconds', (select extract(epoch from now() - max(ended_at))::bigint from backups where outcome = 'done'),
			'failedLast', (select outcome = 'failed' from backups where ended_at is not null order by started_at desc limit 1)),
		'statements', monitor_statements(),
		'mail', jsonb_build_object('failedToday', (select count(*) from mails where state = 'failed' and created_at > now() - interval '1 day'),
			'domains', coalesce((select jsonb_agg(to_jsonb(d) order by d.waiting desc, d.domain) from (
				select domain, count(*) as waiting, extract(epoch from now() - min(created_at))::bigint as "oldestSeconds",
					max(last_reply) as "lastReply"
				from mails where state in ('queued', 'sending') group by domain order by 2 desc limit 20) d), '[]'),
			'servers', coalesce((select jsonb_agg(jsonb_build_object('name', name, 'isUp', is_up, 'since', since, 'said', said) order by name)
				from dependencies), '[]')))
	from inbound_ledger() l
$$;
revoke execute on function monitor_look_seldom() from public;
