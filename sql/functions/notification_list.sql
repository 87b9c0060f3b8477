-- One page of what somebody was told in the app. wanted: the fields of the READ row notification_list, by its names; a filter is a
-- line of notification_page.sql. The pages end at 10,000 rows, as the total does; nextCursor goes on without an end.
create or replace function notification_list(actor uuid, access integer, wanted jsonb, out verdict text, out role text,
	out data text, out pagination text)
language plpgsql stable as $$
declare
	page record;
	shown record;
	asker record;
	total bigint;
begin
	select * into asker from actor_of(actor);
	verdict := case when not asker.active then 'disabled' when access = 0 then 'forbidden' else 'ok' end;
	role := asker.role;
	select number, size, case when wanted ? 'cursor' then 0 else skipped end as skipped into page from page_wanted(wanted, 20);
	if verdict = 'ok' and page.skipped + page.size > 10000 then
		verdict := 'too_far';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	select coalesce(jsonb_agg(notification_json(r.row) order by (r.row).seq desc) filter (where r.n <= page.size), '[]') as list,
		count(*) > page.size as more, min((r.row).seq) filter (where r.n <= page.size) as last
	into shown
	from (select n as row, row_number() over (order by n.seq desc) as n
		from notification_page(wanted, asker.id, asker.is_staff, page.size + 1, page.skipped) n) r;
	select count(*) into total from notification_page(wanted - 'cursor', asker.id, asker.is_staff, 10001, 0);
	data := shown.list;
	pagination := page_json(page.number, page.size, least(total, 10000)) || jsonb_build_object('hasNext', shown.more,
		'totalIsExact', total <= 10000, 'unreadCount',
			(select count(*) from notification_page('{"unread": true}', asker.id, asker.is_staff, 10000, 0)),
		'nextCursor', case when shown.more then shown.last::text end);
end $$;
