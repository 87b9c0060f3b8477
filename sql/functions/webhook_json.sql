-- A webhook as administrators are shown it, with how its endpoint does; what waits is counted to 10,000.
create or replace function webhook_json(w webhooks) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', w.id, 'url', w.url, 'events', to_jsonb(w.events), 'filter', w.filter, 'ordered', w.ordered,
		'active', w.active, 'note', w.note, 'circuit', case when coalesce(c.failures, 0) < 10 then 'closed'
			when c.open_until > now() then 'open' else 'trying' end,
		'failures', coalesce(c.failures, 0), 'retryAt', case when c.open_until > now() then c.open_until end,
		'waiting', (select count(*) from (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'waiting' limit 10000) x),
		'previousSecretUntil', case when w.previous_generation > 0 and w.previous_until > now() then w.previous_until end,
		'stoppedBy', nullif(w.stopped_by, ''), 'version', w.version, 'createdAt', w.created_at, 'updatedAt', w.updated_at)
	from (select 1) one left join webhook_circuits c on c.webhook_id = w.id
$$;
