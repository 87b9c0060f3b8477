-- What stands for an absent deadline, so that it comes last in this order; the indexes of deadlines have both.
create or replace function sort_last(sort text) returns timestamptz
language sql immutable parallel safe as $$
	select case when sort like '-%' then timestamptz '1970-01-01T00:00:00Z' else timestamptz '9999-12-31T00:00:00Z' end
$$;
