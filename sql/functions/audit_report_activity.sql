-- See audit_report: each action of the time, or of those that concern safety.
create or replace function audit_report_activity(first timestamptz, behind timestamptz, security boolean) returns jsonb
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	report jsonb;
begin
	select jsonb_build_object('rows', coalesce(jsonb_agg(jsonb_build_object('action', r.action, 'count', r.n, 'users', r.users,
		'last', r.last) order by r.n desc, r.action), '[]')) into report
	from (select a.action, sum(coalesce((json_of(case when a.action in ('LOGIN_FAILED', 'FORBIDDEN') then a.payload end)
				#>> '{data,count}')::bigint, 1)) as n, count(distinct a.actor_id) as users, max(a.occurred_at) as last
		from audit_log a where a.occurred_at >= first and a.occurred_at < behind
			and (not security or audit_is_security(a.action, a.payload)) group by 1) r;
	if security then
		report := report || (select jsonb_build_object('addresses', coalesce(jsonb_agg(jsonb_build_object('ipAddress', r.ip,
			'count', r.n) order by r.n desc), '[]'))
			from (select split_part(a.origin, ' ', 1) as ip, count(*) as n from audit_log a
				where a.occurred_at >= first and a.occurred_at < behind and a.origin is not null
					and audit_is_security(a.action, a.payload) group by 1 order by 2 desc limit 20) r);
	end if;
	return report;
end $$;
