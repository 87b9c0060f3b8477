-- What the clocks of a time zone say; null for a name that the time zone database does not have (any more).
create or replace function local_time(at timestamptz, zone text) returns timestamp
language plpgsql stable as $$
begin
	return at at time zone zone;
exception when invalid_parameter_value then
	return null;
end $$;
