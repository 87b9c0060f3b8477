-- One page of what somebody has done, of the trail. wanted: the fields of the READ row person_activities; type is an event's, by its
-- dots or in capitals. Pages are those of audit_page.
create or replace function person_activities(actor uuid, access integer, wanted jsonb, out verdict text, out role text, out data text,
	out pagination text)
language plpgsql stable as $$
declare
	asked jsonb := wanted - 'type' || jsonb_build_object('userId', actor)
		|| case when wanted ? 'type' then jsonb_build_object('action', replace(wanted ->> 'type', '.', '_')) else '{}' end;
	page record;
	shown record;
	total bigint;
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if verdict <> 'ok' then
		return;
	end if;
	select number, size, case when wanted ? 'cursor' then 0 else skipped end as skipped into page from page_wanted(wanted, 20);
	select coalesce(jsonb_agg(activity_json(r.row) order by (r.row).seq desc) filter (where r.n <= page.size), '[]') as list,
		count(*) > page.size as more, min((r.row).seq) filter (where r.n <= page.size) as last
	into shown
	from (select a as row, row_number() over (order by a.seq desc) as n
		from audit_rows(asked, page.size + 1, page.skipped) a) r;
	select count(*) into total from audit_rows(asked - 'cursor', 10001, 0);
	data := shown.list;
	pagination := page_json(page.number, page.size, least(total, 10000)) || jsonb_build_object('hasNext', shown.more,
		'totalIsExact', total <= 10000, 'nextCursor', case when shown.more then shown.last::text end);
end $$;
