-- Gives the outbox ids of this cluster. Sent are the rows up to the cursor by transaction and, because what was
-- written since the restore may have any transaction id but has the higher row ids, by row id too; and of these only
-- what has arrived: when the backup was taken a row may have been sent and not yet applied, and what applied it later
-- is gone. All else counts as not sent. Sending twice is harmless, consumers know an event by its id; leaving one out
-- is not.
--
-- What was not sent gets this transaction's id and goes out in the order of the row ids. What was sent and carries an
-- id that is still to come goes behind the cursor for good. A writer that is open meanwhile has an id that is not
-- below the oldest open one, where the cursor will stand: the relay finds it. The cursor keeps a row id that was
-- given out, so that a next restore can be told from it in the same way. What was revoked keeps no number of the other
-- cluster either: everybody who looks would be given it again and again.
create or replace function outbox_rebase(out unsent bigint, out sent bigint)
language plpgsql set search_path = public, pg_temp as $$
declare
	old relay_cursor;
	oldest_open xid8;
begin
	select * into old from relay_cursor for update;
	oldest_open := pg_snapshot_xmin(pg_current_snapshot());
	with seen as (
		select event_id::text as id, count(*) as n from event_inbox group by event_id
	), applied as (
		select command_id::text as id from inbox union all select command_id::text from inbox_keyed
	), waiting as (
		select o.day, o.id from outbox o left join seen s on s.id = o.headers ->> 'message_id'
		where o.exchange = 'guichet.events' and coalesce(s.n, 0) < (select count(distinct consumer) from event_inbox)
		union all
		select o.day, o.id from outbox o left join applied a on a.id = o.headers ->> 'message_id'
		where o.exchange = 'guichet.commands' and a.id is null
		union all
		select o.day, o.id from outbox o where o.exchange = 'guichet.work' and o.day >= old.moved_at::date - 1
	)
	update outbox o set xid = pg_current_xact_id()
	where (o.xid, o.id) > (old.xid, old.id) or o.id > old.id or (o.day, o.id) in (select day, id from waiting);
	get diagnostics unsent = row_count;
	update outbox o set xid = '3' where o.xid >= oldest_open and o.xid <> pg_current_xact_id() and o.id <= old.id;
	get diagnostics sent = row_count;
	update sessions set revoked_xid = null where revoked_xid >= pg_snapshot_xmax(pg_current_snapshot());
	update accounts set epoch_xid = null where epoch_xid >= pg_snapshot_xmax(pg_current_snapshot());
	update relay_cursor set xid = (oldest_open::text::bigint - 1)::text::xid8, cluster = this_cluster(), moved_at = now(),
		id = greatest(old.id, (select max(o.id) from outbox o));
end $$;
revoke execute on function outbox_rebase() from public;
