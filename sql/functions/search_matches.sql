-- All tickets with these words; NULL when they are more than 2,000. keys: see words_asked. The planner is told to use the
-- index: it knows nothing of how frequent a word is.
create or replace function search_matches(words tsquery, keys text, internal boolean) returns uuid[]
language plpgsql stable set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_indexscan = off as $$
declare
	asked tsquery := replace(keys, E'\x01', '')::tsquery;
	matches uuid[];
begin
	if internal then
		select array_agg(ticket_id) into matches from (select s.ticket_id from ticket_search s
			where (search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words)
				or (s.internal_words <> '' and search_keys(s.internal_words, s.created_at) @@ asked and s.internal_words @@ words)
			limit 2001) found;
	else
		select array_agg(ticket_id) into matches from (select s.ticket_id from ticket_search s
			where search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words
			limit 2001) found;
	end if;
	return case when cardinality(matches) > 2000 then null else coalesce(matches, '{}') end;
end $$;

-- For a ticket_list of the version before that is under way when this is made; the next version drops it.
create or replace function search_matches(words tsquery, internal boolean) returns uuid[]
language sql stable as $$ select null::uuid[] $$;
