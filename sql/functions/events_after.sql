-- For an event_feed of the version before: see events_behind.
create or replace function events_after(after_xid xid8, after_id bigint, before xid8, since date, most bigint, everything boolean)
returns table (day date, xid xid8, id bigint, body text)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan set enable_sort = off as $$
begin
	return query
	select o.day, o.xid, o.id, o.body from outbox o
	where o.exchange = 'guichet.events' and (o.xid, o.id) > (after_xid, after_id) and o.xid < before and o.day >= since
		and (everything or event_is_for_staff(o.type, o.body))
	order by o.xid, o.id
	limit most;
end $$;
revoke execute on function events_after(xid8, bigint, xid8, date, bigint, boolean) from public;
