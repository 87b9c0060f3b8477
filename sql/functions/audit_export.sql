-- A slice of an export of the trail: rows as text, newest first, and the cursor for the next slice (null: that was all).
-- The first slice of CSV begins with the names of the columns.
create or replace function audit_export(actor uuid, access integer, wanted jsonb, out verdict text, out slice text, out next text)
language plpgsql stable as $$
declare
	shown record;
	csv boolean := wanted ->> 'format' = 'csv';
begin
	select v.verdict into verdict from audit_verdict(actor, access, wanted - 'page') v;
	if verdict <> 'ok' then
		return;
	end if;
	select string_agg(case when csv then audit_csv(r.entry) else r.entry::text end || E'\n', '' order by r.seq desc) as list,
		count(*) as n, min(r.seq) as last
	into shown
	from (select audit_json(a) as entry, a.seq from audit_rows(wanted, 500, 0) a) r;
	slice := case when csv and not wanted ? 'cursor'
		then E'seq,timestamp,action,outcome,userId,resource,resourceId,ipAddress,userAgent,eventId,eventType,commandId,requestId,changes,details\n'
		else '' end || coalesce(shown.list, '');
	next := case when shown.n = 500 then shown.last::text end;
end $$;
