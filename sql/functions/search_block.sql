-- The number of the day and a half that search_keys puts before a word.
create or replace function search_block(at timestamptz) returns integer
language sql immutable parallel safe as $$
	select floor(extract(epoch from at - timestamptz '1970-01-01 00:00:00+00') / 131072)::integer
$$;
