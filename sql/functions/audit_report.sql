-- Reports on a stretch of time (the last 30 days, where nothing else is asked for), as JSON: type, from, to, and
--
--   activity    rows: each action, how often, by how many, and when last
--   security    the same of what was refused, given and taken; and the addresses it came from
--   sla         rows: for each priority the tickets opened in that time, and how well their deadlines were kept
--   compliance  how far back the trail reaches, its chain, what was exported, erased and pruned
create or replace function audit_report(actor uuid, access integer, wanted jsonb, out verdict text, out role text, out data jsonb)
language plpgsql stable set timezone = 'UTC' set plan_cache_mode = force_custom_plan as $$
declare
	kind text := lower(coalesce(wanted ->> 'type', 'activity'));
	behind timestamptz := coalesce(moment_behind(wanted ->> 'endDate'), now());
	first timestamptz := coalesce(moment_of(wanted ->> 'startDate'), behind - interval '30 days');
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if verdict = 'ok' and kind not in ('activity', 'security', 'sla', 'compliance') then
		verdict := 'wrong:type';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	data := jsonb_build_object('type', kind, 'from', first, 'to', behind)
		|| case kind when 'sla' then audit_report_sla(first, behind) when 'compliance' then audit_report_compliance(first, behind)
			else audit_report_activity(first, behind, kind = 'security') end;
end $$;
