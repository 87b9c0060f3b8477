-- A time of a filter: "2026-11-21", the beginning of that day, or the end of it; or a time as RFC 3339 has it. UTC where it
-- does not say. NULL when none was given.
create or replace function moment_of(given text, is_end boolean) returns timestamptz
language sql stable set timezone = 'UTC' as $$
	select case when length(given) = 10 and is_end then given::timestamptz + interval '1 day' else given::timestamptz end
$$;
