-- What lines of a file of people (queues/people_file.h) would do as it is now: made, changed, unchanged or wrong, in the order of the
-- lines. fields: of somebody who is there what differs, else all that is given; status stands among them.
create or replace function person_import_look(actor uuid, lines jsonb)
returns table (place bigint, line integer, email text, account_id uuid, outcome text, fields jsonb, problems jsonb)
language sql stable set plan_cache_mode = force_custom_plan as $$
	select l.n, (l.j ->> 'line')::integer, lower(l.j ->> 'email'), a.id,
		case when w.problems <> '[]' then 'wrong' when a.id is null then 'made' when c.fields = '{}' then 'unchanged' else 'changed' end,
		c.fields, w.problems
	from jsonb_array_elements(lines) with ordinality as l(j, n)
	left join accounts a on a.email = lower(l.j ->> 'email')
	cross join lateral (
		select coalesce(jsonb_object_agg(m.key, m.value), '{}') as fields
		from jsonb_each_text(coalesce(l.j -> 'fields', '{}') || case when l.j ? 'status' then jsonb_build_object('status', l.j -> 'status')
			else '{}' end) m
		where a.id is null or coalesce(m.value, '') is distinct from case m.key when 'firstName' then a.first_name
			when 'lastName' then a.last_name when 'phone' then a.phone when 'department' then a.department
			when 'jobTitle' then a.job_title when 'language' then a.language when 'role' then a.role
			when 'status' then case when a.active then 'active' else 'inactive' end end) c
	cross join lateral (
		select coalesce(l.j -> 'problems', '[]')
			|| case when a.id = actor and c.fields ? 'role' then '[{"column": "role", "detail": "nobody changes their own role"}]' else '[]' end::jsonb
			|| case when a.id = actor and c.fields ? 'status' then '[{"column": "status", "detail": "nobody changes their own status"}]'
				else '[]' end::jsonb
			|| case when c.fields ->> 'role' = 'service' or (a.role = 'service' and c.fields <> '{}') then '[{"column": "role", "detail": "a person is no service, and a service no person"}]'
				else '[]' end::jsonb as problems) w
	order by l.n
$$;
