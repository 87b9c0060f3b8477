-- A line of an export of people.
create or replace function person_csv(a accounts) returns text
language sql stable as $$
	select concat_ws(',', a.id, csv_of(a.email), csv_of(a.first_name), csv_of(a.last_name), a.role,
		case when a.active then 'active' else 'inactive' end, csv_of(a.department), csv_of(a.job_title), csv_of(a.phone), a.language,
		to_json(a.created_at) #>> '{}', coalesce(to_json(a.last_login_at) #>> '{}', ''))
$$;
