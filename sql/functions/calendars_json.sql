-- All calendars by their names. Few, so there are no pages.
create or replace function calendars_json() returns jsonb
language plpgsql stable as $$
begin
	return (select coalesce(jsonb_agg(calendar_json(v, c.created_at) order by lower(c.name)), '[]')
		from calendars c join calendar_versions v on v.calendar_id = c.id and v.version = c.version
		where c.deleted_at is null);
end $$;
