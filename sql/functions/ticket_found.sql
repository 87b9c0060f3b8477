-- The tickets of one page that hold the words, in its order. asked, owner: see ticket_page; words, keys: see words_asked.
-- total: how many there are, exactly or at least.
--
-- The newest are found by walking through time (search_walk), or, when many tickets hold the words, by their age alone.
-- Relevance orders the newest 200; the other orders are for what is found in 2,000 tickets at most, or walked through.
create or replace function ticket_found(asked jsonb, owner uuid, words tsquery, keys text, internal boolean,
	out ids uuid[], out total bigint, out is_exact boolean)
language plpgsql stable as $$
declare
	page_size bigint := asked ->> 'limit';
	page bigint := case when asked ? 'cursor' then 1 else (asked ->> 'page')::bigint end;
	needed bigint := page * page_size;
	sort text := coalesce(asked ->> 'sort', '-createdAt');
	matches uuid[];
	counted record;
begin
	if sort = 'relevance' then
		select * into counted from ticket_found(asked - 'sort' || '{"page": 1, "limit": 200}', owner, words, keys, internal);
		ids := search_ranked(counted.ids, words, internal);
		ids := ids[needed - page_size + 1 : needed];
		total := cardinality(counted.ids);
		is_exact := total < 200;
		return;
	end if;
	if sort = '-createdAt' and owner is null and keys is not null and not search_is_common(asked, words, internal) then
		select * into ids, total, is_exact from ticket_found_newest(asked, words, keys, internal);
		return;
	end if;
	if sort <> '-createdAt' and owner is null and keys is not null then
		matches := search_matches(words, keys, internal);
	end if;
	ids := array(select id from ticket_page(asked, owner, case when matches is null then words end, internal, matches));
	if not asked ? 'cursor' and cardinality(ids) < page_size and (ids <> '{}' or page = 1) then -- the last page says it itself
		total := needed - page_size + cardinality(ids);
		is_exact := true;
	else
		select * into total, is_exact from ticket_total(asked, owner, case when matches is null then words end, internal, matches);
		total := greatest(total, needed - page_size + cardinality(ids) + case when is_exact then 0 else 1 end);
	end if;
end $$;
