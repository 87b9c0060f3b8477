-- How often what has happened, day by day or hour by hour: counted from the trail, 400 points at most.
create or replace function audit_metrics(actor uuid, access integer, wanted jsonb, out verdict text, out role text, out data text)
language plpgsql stable set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	width text := lower(coalesce(wanted ->> 'interval', 'day'));
	step interval;
	first timestamptz;
	behind timestamptz;
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if verdict = 'ok' and width not in ('day', 'hour') then
		verdict := 'wrong:interval';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	step := ('1 ' || width)::interval;
	behind := coalesce(moment_behind(wanted ->> 'endDate'), now());
	first := date_trunc(width, coalesce(moment_of(wanted ->> 'startDate'), behind - case width when 'day' then 29 else 47 end * step));
	if behind - first > 400 * step then
		verdict := 'wrong:startDate';
		return;
	end if;
	with known(action, name) as (
		values ('TICKET_CREATED', 'tickets_created'), ('TICKET_UPDATED', 'tickets_updated'), ('TICKET_COMMENTED', 'comments_added'),
			('TICKET_ASSIGNED', 'tickets_assigned'), ('TICKET_CLOSED', 'tickets_closed'), ('TICKET_REOPENED', 'tickets_reopened'),
			('USER_REGISTERED', 'users_registered'), ('USER_LOGIN', 'logins'), ('LOGIN_FAILED', 'logins_failed'),
			('FORBIDDEN', 'accesses_refused'), ('COMMAND_REFUSED', 'commands_refused')
	), counted as (
		select date_trunc(width, a.occurred_at) as at, a.action, sum(case when a.action in ('LOGIN_FAILED', 'FORBIDDEN')
			then coalesce((json_of(a.payload) #>> '{data,count}')::bigint, 1) else 1 end) as n
		from audit_log a where a.occurred_at >= first and a.occurred_at < behind group by 1, 2
	)
	select jsonb_build_object('interval', width, 'from', first, 'to', behind, 'series', jsonb_object_agg(s.name, s.points))::text
	into data
	from (
		select k.name, jsonb_agg(jsonb_build_object('time', t.at, 'value', coalesce(c.n, 0)) order by t.at) as points
		from known k cross join generate_series(first, behind - interval '1 microsecond', step) as t(at)
			left join counted c on c.at = t.at and c.action = k.action
		group by k.name
	) s;
end $$;
