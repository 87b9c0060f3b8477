-- The text as JSON; null when it is none that the database can hold. A row that cannot be read is for its reader to name,
-- and must not stop those behind it.
create or replace function json_of(body text) returns jsonb
language plpgsql immutable parallel safe as $$
begin
	return body::jsonb;
exception when others then
	return null;
end $$;
