-- At most so many rows of closed segments; how many went.
create or replace function audit_prune_slice(most integer) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	gone bigint;
begin
	delete from audit_log a where a.seq in (
		select b.seq from audit_log b where b.seq <= (select max(last_seq) from audit_segments) order by b.seq limit most);
	get diagnostics gone = row_count;
	return gone;
end $$;
revoke execute on function audit_prune_slice(integer) from public;
