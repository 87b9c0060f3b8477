-- The numbers of tickets that somebody may mean: HD-2026-000012 itself, with or without "#"; of a bare 12 that of every
-- year. NULL for what is none.
create or replace function number_candidates(said text) returns text[]
language sql stable as $$
	select case when upper(btrim(said)) ~ '^#?HD-\d{4}-\d{1,12}$' then array[format('HD-%s-%s', split_part(upper(btrim(said, '# ')), '-', 2),
			lpad(split_part(btrim(said), '-', 3), greatest(6, length(split_part(btrim(said), '-', 3))), '0'))]
		when btrim(said) ~ '^#?\d{1,9}$' then array(
			select format('HD-%s-%s', year, lpad(btrim(said, '# '), greatest(6, length(btrim(said, '# '))), '0'))
			from generate_series(2020, extract(year from now())::integer + 1) year) end
$$;
