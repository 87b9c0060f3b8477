-- One page of files, the newest first. Administrators are shown all, others their own; who searches (wanted has q) as
-- staff, those of tickets, too. wanted: page, limit, cursor, type, q. Planned for each call: which index serves it depends on
-- who asks.
create or replace function file_list(actor uuid, access integer, wanted jsonb, out verdict text, out role text, out data text,
	out pagination text)
language plpgsql stable as $$
declare
	who record;
	place record;
	last record;
	n bigint;
begin
	select * into who from actor_of(actor);
	select * into place from page_wanted(wanted, 20);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when not wanted ? 'cursor' and place.number * place.size > 10000 then 'too_far' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if wanted ? 'cursor' then
		place.skipped := 0;
	end if;
	select jsonb_build_object('files', coalesce(jsonb_agg(file_json(f) order by f.created_at desc, f.id desc), '[]')) as shown_data, count(*) as shown,
		cursor_of(min(f.created_at), (array_agg(f.id order by f.created_at, f.id))[1]) as next
	into last from file_page(wanted, actor, who.is_staff, who.bits & 32 <> 0, place.size, place.skipped) f;
	data := last.shown_data;
	select count(*) into n from file_page(wanted - 'cursor', actor, who.is_staff, who.bits & 32 <> 0, 10000, 0);
	pagination := page_json(place.number, place.size, n) || jsonb_build_object('totalIsExact', n < 10000,
		'nextCursor', case when last.shown = place.size then last.next end);
end $$;
