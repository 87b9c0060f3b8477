-- An error without what is different each time: ids and numbers.
create or replace function dead_error(reason text) returns text
language sql immutable as $$
	select left(regexp_replace(regexp_replace(reason, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '<id>', 'g'),
		'[0-9]+', 'N', 'g'), 200)
$$;
