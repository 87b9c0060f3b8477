-- The statements that took most of all time, where the server keeps pg_stat_statements: calls, milliseconds in all and each.
create or replace function monitor_statements() returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
	found jsonb;
begin
	if to_regclass('pg_stat_statements') is null then
		return null;
	end if;
	execute $q$select jsonb_agg(jsonb_build_object('statement', left(regexp_replace(query, '\s+', ' ', 'g'), 300), 'calls', calls,
			'totalMs', round(total_exec_time), 'meanMs', round(mean_exec_time::numeric, 3)) order by total_exec_time desc)
		from (select query, sum(calls)::bigint as calls, sum(total_exec_time) as total_exec_time, sum(total_exec_time) / greatest(sum(calls), 1) as mean_exec_time
			from pg_stat_statements s where dbid = (select oid from pg_database where datname = current_database())
			group by query order by sum(total_exec_time) desc limit 20) s$q$ into found;
	return found;
exception
	when others then -- it is there, and not loaded, or not for us
		return null;
end $$;
revoke execute on function monitor_statements() from public;
