-- What a filter was given: a text as a list of one, a list as it is; NULL when it was not given.
create or replace function jsonb_texts(given jsonb) returns text[]
language sql immutable parallel safe as $$
	select case jsonb_typeof(given) when 'array' then array(select jsonb_array_elements_text(given))
		when 'string' then array[given #>> '{}'] end
$$;
