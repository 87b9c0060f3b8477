-- A slice of an export of people, by id: rows as text, and the cursor for the next slice (null: that was all). The first slice of CSV
-- begins with the names of the columns. wanted: search, department, role, format, cursor.
create or replace function person_export(actor uuid, access integer, wanted jsonb, out verdict text, out slice text, out next text)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	who record;
	shown record;
	asked tsquery := (words_asked(wanted ->> 'search')).words;
	csv boolean := wanted ->> 'format' is distinct from 'jsonl';
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	select string_agg(case when csv then person_csv(a) else person_json(a, true)::text end || E'\n', '' order by a.id) as list,
		count(*) as n, (array_agg(a.id order by a.id desc))[1] as last
	into shown
	from (
		select * from accounts p
		where p.deleted_at is null and (not wanted ? 'cursor' or p.id > (wanted ->> 'cursor')::uuid)
			and (asked is null or p.words @@ asked) and (not wanted ? 'role' or p.role = wanted ->> 'role')
			and (not wanted ? 'department' or lower(p.department) = lower(wanted ->> 'department'))
		order by p.id limit 1000) a;
	slice := case when csv and not wanted ? 'cursor'
		then E'id,email,firstName,lastName,role,status,department,jobTitle,phone,language,createdAt,lastLogin\n' else '' end
		|| coalesce(shown.list, '');
	next := case when shown.n = 1000 then shown.last::text end;
end $$;
