-- The tickets with these words, found by the words; NULL when they are so many that the newest
-- ones are found sooner by their age. The planner knows how frequent a frequent word is, but of
-- a rare one only that it is none of those, and would walk through a million tickets for it.
create or replace function search_matches(words tsquery, internal boolean) returns uuid[]
language plpgsql stable set plan_cache_mode = force_custom_plan set enable_seqscan = off set enable_indexscan = off as $$
declare
	matches uuid[];
begin
	select array_agg(ticket_id) into matches from (select s.ticket_id from ticket_search s
		where s.public_words @@ words or (internal and s.internal_words @@ words) limit 2001) found;
	return case when cardinality(matches) > 2000 then null else coalesce(matches, '{}') end;
end $$;
