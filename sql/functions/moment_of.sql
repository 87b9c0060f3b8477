-- A time as clients write it (ISO 8601; a day alone is its midnight, UTC); null: it is none.
create or replace function moment_of(said text) returns timestamptz
language plpgsql stable set timezone = 'UTC' as $$
begin
	return case when said ~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)' then said::timestamptz end;
exception when others then
	return null;
end $$;
