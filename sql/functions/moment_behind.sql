-- The first moment behind it: a day alone is meant to its end.
create or replace function moment_behind(said text) returns timestamptz
language sql stable as $$
	select case when said ~ '^\d{4}-\d\d-\d\d$' then moment_of(said) + interval '1 day' else moment_of(said) + interval '1 microsecond' end
$$;
