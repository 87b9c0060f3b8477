-- What was sent to a webhook, the newest first: wanted has the fields of the READ row webhook_deliveries. Planned for each call.
create or replace function webhook_page(wanted jsonb, most bigint) returns setof webhook_deliveries
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return query
	select d.* from webhook_deliveries d
	where d.webhook_id = (wanted ->> 'webhookId')::uuid
		and (not wanted ? 'cursor' or d.seq < (wanted ->> 'cursor')::bigint)
		and (not wanted ? 'state' or d.state = wanted ->> 'state')
		and (not wanted ? 'event' or d.event_type = wanted ->> 'event')
	order by d.seq desc
	limit most;
end $$;
