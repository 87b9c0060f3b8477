-- Closes the segment of the trail whose events are older than before: notes its last row, and says so in the trail that goes
-- on. The rows go in slices (audit_prune_slice). No row: there is nothing so old.
create or replace function audit_prune(before timestamptz, told uuid) returns table (seq bigint, hash text, entries bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	last audit_log;
	oldest bigint;
begin
	perform pg_advisory_xact_lock(hashtext('guichet.audit'), 0);
	-- The chain is in the order of seq, times are nearly so: up to the row before the first that is to stay.
	select a.* into last from audit_log a
	where a.seq < coalesce((select min(b.seq) from audit_log b where b.occurred_at >= before),
		(select max(b.seq) from audit_log b)) -- the last row stays: it is the head
	order by a.seq desc limit 1;
	if last.seq is null then
		return;
	end if;
	select min(a.seq) into oldest from audit_log a;
	insert into audit_segments (last_seq, last_hash, last_at) values (last.seq, last.row_hash, last.occurred_at)
	on conflict do nothing;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('audit.pruned', told, null, null, null, null, 'commandId', null,
		jsonb_build_object('head', last.seq || ':' || encode(last.row_hash, 'hex'), 'count', last.seq - oldest + 1)) e;
	return query select last.seq, encode(last.row_hash, 'hex'), last.seq - oldest + 1;
end $$;
revoke execute on function audit_prune(timestamptz, uuid) from public;
