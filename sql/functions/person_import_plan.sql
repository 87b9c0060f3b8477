-- What lines of a file of people would do, for an administrator: as members of a JSON list, with how many there are of each outcome.
-- verdict: ok, or forbidden.
create or replace function person_import_plan(actor uuid, lines jsonb, out verdict text, out data text, out made bigint,
	out changed bigint, out unchanged bigint, out wrong bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
	select case when w.active and w.bits & 32 <> 0 then 'ok' else 'forbidden' end into verdict from actor_of(actor) w;
	verdict := coalesce(verdict, 'forbidden');
	if verdict <> 'ok' then
		return;
	end if;
	select coalesce(string_agg(jsonb_build_object('line', l.line, 'email', l.email, 'outcome', l.outcome,
			'changes', case when l.outcome in ('made', 'changed') then l.fields else '{}' end, 'problems', l.problems)::text, ','
			order by l.place), ''),
		count(*) filter (where l.outcome = 'made'), count(*) filter (where l.outcome = 'changed'),
		count(*) filter (where l.outcome = 'unchanged'), count(*) filter (where l.outcome = 'wrong')
	into data, made, changed, unchanged, wrong
	from person_import_look(actor, lines) l;
end $$;
revoke execute on function person_import_plan(uuid, jsonb) from public;
