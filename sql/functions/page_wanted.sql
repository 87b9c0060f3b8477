-- Which page a read asks for by page and limit, and how many rows come before it. usual: the size of a page without limit.
create or replace function page_wanted(wanted jsonb, usual bigint) returns table (number bigint, size bigint, skipped bigint)
language sql immutable as $$
	select p.number, p.size, (p.number - 1) * p.size
	from (select coalesce((wanted ->> 'page')::bigint, 1), coalesce((wanted ->> 'limit')::bigint, usual)) as p(number, size)
$$;
