-- The same as CSV, in one slice: a report's rows, or each of its figures in a line.
create or replace function audit_report_export(actor uuid, access integer, wanted jsonb, out verdict text, out slice text, out next text)
language plpgsql stable as $$
declare
	report jsonb;
	names text[];
begin
	select r.verdict, r.data into verdict, report from audit_report(actor, access, wanted) r;
	if verdict <> 'ok' then
		return;
	end if;
	if wanted ->> 'format' <> 'csv' then
		slice := report::text || E'\n';
	elsif report ->> 'type' = 'compliance' then
		select E'name,value\n' || string_agg(csv_of(key) || ',' || csv_of(value) || E'\n', '' order by key) into slice
		from jsonb_each_text(report);
	else
		names := case report ->> 'type' when 'sla' then array['priority', 'opened', 'resolved', 'resolvedInTime', 'late',
			'answeredInTime', 'averageSeconds'] else array['action', 'count', 'users', 'last'] end;
		select array_to_string(names, ',') || E'\n' || coalesce(string_agg((select string_agg(csv_of(r.value ->> n.name), ','
			order by n.place) from unnest(names) with ordinality as n(name, place)) || E'\n', '' order by r.place), '')
		into slice
		from jsonb_array_elements(report -> 'rows') with ordinality as r(value, place);
	end if;
end $$;
