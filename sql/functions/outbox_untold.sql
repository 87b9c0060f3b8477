-- The oldest day that holds something untold, or today.
create or replace function outbox_untold(today date) returns date
language sql stable as $$
	select least(today, (select min(o.day) from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)))
$$;
revoke execute on function outbox_untold(date) from public;
