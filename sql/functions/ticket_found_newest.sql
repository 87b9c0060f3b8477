-- ticket_found for the newest of everybody's tickets: block by block, until the page is full.
create or replace function ticket_found_newest(asked jsonb, words tsquery, keys text, internal boolean,
	out ids uuid[], out total bigint, out is_exact boolean)
language plpgsql stable as $$
declare
	place text := asked ->> 'cursor';
	page_size bigint := asked ->> 'limit';
	needed bigint := page_size * case when place is null then (asked ->> 'page')::bigint else 1 end;
	newest timestamptz := coalesce(cursor_time(place), (select t.created_at from tickets t order by t.created_at desc, t.id desc limit 1));
	oldest integer := search_block((select t.created_at from tickets t order by t.created_at, t.id limit 1));
	block integer := search_block(case when asked ? 'createdTo' then least(newest, moment_behind(asked ->> 'createdTo')) else newest end);
	is_bare boolean := asked - array['page', 'limit', 'cursor', 'sort', 'search', 'highlight', 'userId'] = '{}';
	walked record;
	matches uuid[];
	tried uuid[] := '{}';
begin
	ids := '{}';
	loop
		select * into walked from search_walk(words, keys, internal, oldest, (needed - cardinality(ids))::integer, block);
		block := walked.block;
		matches := case when walked.is_all and tried <> '{}' then array(select unnest(walked.matches) except select unnest(tried))
			else walked.matches end;
		if matches <> '{}' then
			tried := tried || matches;
			-- Without a filter each is looked up; a page that is planned might walk through all tickets for them.
			ids := ids || case when is_bare then array(select t.id from unnest(matches) m(id) join tickets t using (id)
				where t.deleted_at is null and (place is null or (t.created_at, t.id) < (newest, cursor_id(place)))
				order by t.created_at desc, t.id desc limit needed - cardinality(ids))
			else array(select id from ticket_page(asked || jsonb_build_object('page', 1, 'limit', needed - cardinality(ids)),
				null, null, internal, matches)) end;
		end if;
		exit when cardinality(ids) >= needed or walked.is_all;
	end loop;
	is_exact := place is null and cardinality(ids) < needed;
	total := case when is_exact then cardinality(ids) else greatest(needed + 1, cardinality(tried)) end;
	if walked.is_all and not is_exact then
		select * into total, is_exact from ticket_total(asked, null, null, internal, tried);
	end if;
	ids := ids[needed - page_size + 1 :];
end $$;
