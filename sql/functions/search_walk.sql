-- Tickets with these words, from the newest on: those of the day and a half number block, of the one before it, and so on,
-- until there are as many as needed or all are seen. Moves block to where to go on; is_all: there are no others. Where
-- a few of them hold next to nothing the word is rare, and all its tickets are found at once.
create or replace function search_walk(words tsquery, keys text, internal boolean, oldest integer, needed integer,
	inout block integer, out matches uuid[], out is_all boolean)
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_indexscan = off as $$
declare
	asked tsquery;
	found uuid[];
	looked integer := 0;
	may_be_rare boolean := true;
begin
	matches := '{}';
	is_all := false;
	loop
		asked := replace(keys, E'\x01', '.' || to_hex(block) || '.')::tsquery;
		if internal then
			select array_agg(s.ticket_id) into found from ticket_search s
			where (search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words)
				or (s.internal_words <> '' and search_keys(s.internal_words, s.created_at) @@ asked and s.internal_words @@ words);
		else
			select array_agg(s.ticket_id) into found from ticket_search s
			where search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words;
		end if;
		matches := matches || found;
		looked := looked + 1;
		if block = 0 then
			is_all := true;
			exit;
		end if;
		block := case when block > oldest then block - 1 else 0 end; -- 0: of tickets from before words were folded
		exit when cardinality(matches) >= needed;
		if may_be_rare and (looked = 3 and cardinality(matches) < 2 or looked = 30) then
			found := search_matches(words, keys, internal);
			may_be_rare := false;
			if found is not null then
				matches := found;
				is_all := true;
				exit;
			end if;
		end if;
	end loop;
end $$;
