-- A place in the feed is "<day>_<xid>_<id>": everything up to (xid, id) is behind the reader.
-- The day tells whether what comes next may be dropped already. The outbox is kept for 30 days
-- and a transaction around midnight writes into the day before, so a place is good for 29
-- days; the feed itself reaches back 28, so that there is a day to follow it from its start.
--
-- Shown is only what no open transaction can still slip in front of (the relay's rule): a late
-- commit holds the feed back, it is never skipped. At the end the place is the oldest open
-- transaction itself and today: it stays young while nothing happens.
create or replace function event_feed(actor uuid, access integer, after text, page_size bigint, out verdict text, out role text,
	out data text, out pagination text)
language plpgsql stable set timezone = 'UTC' as $$
declare
	who record;
	horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
	since date := current_date - 28;
	after_xid xid8 := '0';
	after_id bigint := 0;
	place record;
	page record;
begin
	page_size := coalesce(page_size, 100);
	select * into who from actor_of(actor);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if after is not null then
		select p.xid, p.id, p.is_expired into place from feed_place(after) p;
		if place.is_expired then
			verdict := 'expired';
			return;
		end if;
		if after <> 'now' then
			since := '-infinity';
		end if;
		after_xid := place.xid;
		after_id := place.id;
	end if;

	select coalesce(jsonb_agg(event_shown(e.event_id, e.type, e.body) order by e.xid, e.id) filter (where e.n <= page_size), '[]') as shown,
		count(*) > page_size as more, max(e.day) filter (where e.n = page_size) as day,
		(array_agg(e.xid) filter (where e.n = page_size))[1] as xid, max(e.id) filter (where e.n = page_size) as id
	into page
	from (select *, row_number() over (order by xid, id) as n
		from events_behind(after_xid, after_id, horizon, since, page_size + 1, who.bits & 32 <> 0)) e;

	data := jsonb_build_object('events', page.shown);
	pagination := jsonb_build_object('limit', page_size, 'hasMore', page.more, 'nextCursor', case when page.more
		then to_char(page.day, 'YYYYMMDD') || '_' || page.xid || '_' || page.id
		else to_char(current_date, 'YYYYMMDD') || '_' || greatest(horizon, after_xid) || '_0' end);
end $$;
