-- See audit_report: tickets opened in the time, by priority.
create or replace function audit_report_sla(first timestamptz, behind timestamptz) returns jsonb
language sql stable as $$
	select jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(r) order by r.priority), '[]'))
	from (select t.priority, count(*) as opened, count(t.resolved_at) as resolved,
			count(*) filter (where t.resolved_at <= t.due_at) as "resolvedInTime",
			count(*) filter (where coalesce(t.resolved_at, now()) > t.due_at) as late,
			count(*) filter (where t.first_response_at <= t.response_due_at) as "answeredInTime",
			round(avg(extract(epoch from t.resolved_at - t.created_at)))::bigint as "averageSeconds"
		from tickets t where t.created_at >= first and t.created_at < behind and t.deleted_at is null group by 1) r
$$;
