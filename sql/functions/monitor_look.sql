-- What the database knows of how everything goes, in one look, cheap enough for every two seconds: each part is the
-- beginning of an index. The rest is monitor_look_seldom.sql. Seconds are whole ones, 0 when nothing waits.
create or replace function monitor_look() returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	with instances as (
		-- One that died is of no interest when others do its work, a minute after it.
		select i.*, extract(epoch from now() - i.seen_at)::bigint as silent from program_instances i
		where i.seen_at > now() - interval '1 minute'
			or not exists (select from program_instances o where o.program = i.program and o.seen_at > now() - interval '10 s')
	), waiting as materialized (
		select o.headers ->> 'message_id' as id from outbox o, relay_cursor c
		where (o.xid, o.id) > (c.xid, c.id) order by o.xid, o.id limit 100000
	), first_waiting as (
		select min(case when substr(id, 15, 1) = '7' then to_timestamp(('x' || translate(left(id, 13), '-', ''))::bit(48)::bigint / 1000.0) end) as at
		from (select id from waiting limit 100) f
	)
	select jsonb_build_object(
		'at', now(),
		'instances', coalesce((select jsonb_agg(jsonb_build_object('instance', instance, 'program', program, 'host', host, 'pid', pid,
			'version', version, 'startedAt', started_at, 'silentSeconds', silent) || facts order by program, started_at) from instances), '[]'),
		'heads', coalesce((select jsonb_object_agg(name, seconds) from (
			select q ->> 'name' as name, max(extract(epoch from now() - (q ->> 'headAt')::timestamptz))::bigint as seconds
			from instances, jsonb_array_elements(facts -> 'queues') q
			where silent < 10 and (q ->> 'inHand')::bigint > 0 and q ->> 'headAt' is not null group by 1) h), '{}'),
		'pauses', coalesce((select jsonb_agg(jsonb_build_object('target', target, 'why', why, 'since', since, 'until', until,
			'seconds', extract(epoch from now() - since)::bigint) order by since) from operator_pauses where until is null or until > now()), '[]'),
		'outbox', jsonb_build_object('waiting', (select count(*) from waiting),
			'oldestSeconds', coalesce(extract(epoch from now() - (select at from first_waiting))::bigint, 0)),
		'deadLetters', jsonb_build_object('open', (select count(*) from (select 1 from dead_letters where state = 'open' limit 10000) d)),
		'mail', (select jsonb_build_object('waiting', count(*), 'overdue', count(*) filter (where next_attempt_at < now() - interval '5 minutes'),
				'oldestSeconds', coalesce(extract(epoch from now() - min(created_at))::bigint, 0))
			from (select next_attempt_at, created_at from mails where state in ('queued', 'sending') limit 10000) m),
		'inbound', (select jsonb_build_object('waiting', count(*), 'oldestSeconds', coalesce(extract(epoch from now() - min(accepted_at))::bigint, 0))
			from (select accepted_at from inbound_mails where outcome is null limit 10000) m),
		'files', (select jsonb_build_object('waiting', count(*), 'oldestSeconds', coalesce(extract(epoch from now() - min(created_at))::bigint, 0))
			from (select created_at from files where scan_state = 'pending' limit 10000) f),
		'webhooks', (select jsonb_build_object('waiting', count(*), 'oldestSeconds', coalesce(extract(epoch from now() - min(due_at))::bigint, 0))
			from (select due_at from webhook_deliveries where state = 'waiting' and due_at < now() limit 10000) w),
		'timers', jsonb_build_object('lateSeconds', greatest(0, coalesce((select extract(epoch from now() - min(t.due_at))::bigint
			from generate_series(0, 4) as r(rank) cross join lateral (
				select due_at from timers where timers.rank = r.rank order by due_at limit 1) t), 0))))
$$;
revoke execute on function monitor_look() from public;
