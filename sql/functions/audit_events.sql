-- Raw events: those of the trail, or those that failed.
create or replace function audit_events(actor uuid, access integer, wanted jsonb, out verdict text, out role text, out data text,
	out pagination text)
language plpgsql stable as $$
declare
	page record;
	shown record;
	failed boolean := coalesce(lower(wanted ->> 'status'), 'ok') = 'failed';
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if wanted ? 'status' and lower(wanted ->> 'status') not in ('ok', 'failed') and verdict = 'ok' then
		verdict := 'wrong:status';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	select number, size, case when wanted ? 'cursor' then 0 else skipped end as skipped into page from page_wanted(wanted, 50);
	if failed then
		select coalesce(jsonb_agg(jsonb_build_object('eventId', f.event_id, 'eventType', f.type, 'userId', f.actor,
				'timestamp', f.died_at, 'data', null, 'status', case when f.is_open then 'failed' else 'replayed' end,
				'error', f.reason, 'seq', null, 'payload', f.body) order by f.n) filter (where f.n <= page.size), '[]') as list,
			count(*) > page.size as more, null::bigint as last
		into shown
		from (select *, row_number() over (order by died_at desc) as n from audit_failures(page.size + 1, page.skipped)) f;
	else
		select coalesce(jsonb_agg(jsonb_build_object('eventId', a.event_id, 'eventType', a.body -> 'type', 'userId', a.actor_id,
				'timestamp', a.occurred_at, 'data', a.body -> 'data', 'status', 'ok', 'error', null, 'seq', a.seq,
				'payload', a.payload) order by a.seq desc) filter (where a.n <= page.size), '[]') as list,
			count(*) > page.size as more, min(a.seq) filter (where a.n <= page.size) as last
		into shown
		from (select *, json_of(payload) as body, row_number() over (order by seq desc) as n
			from audit_rows(wanted, page.size + 1, page.skipped)) a;
	end if;
	data := shown.list;
	pagination := jsonb_build_object('page', page.number, 'limit', page.size, 'hasNext', shown.more, 'hasPrev', page.number > 1,
		'nextCursor', case when shown.more then shown.last::text end);
end $$;
