-- What a read of the trail begins with: who asks, and whether the filters can be meant. verdict: ok, forbidden, disabled,
-- too_far, or wrong:<field>.
create or replace function audit_verdict(actor uuid, access integer, wanted jsonb, out verdict text, out role text)
language sql stable as $$
	select case when not a.active then 'disabled' when a.bits & access = 0 then 'forbidden'
			when wanted ? 'startDate' and moment_of(wanted ->> 'startDate') is null then 'wrong:startDate'
			when wanted ? 'endDate' and moment_of(wanted ->> 'endDate') is null then 'wrong:endDate'
			when wanted ? 'cursor' and wanted ->> 'cursor' !~ '^-?\d{1,18}$' then 'wrong:cursor'
			when not wanted ? 'cursor' and p.skipped > 10000 then 'too_far' else 'ok' end, a.role
	from actor_of(actor) a, page_wanted(wanted, 50) p
$$;
