-- The same tickets, those first that fit the words best; a fit counts half after 90 days.
create or replace function search_ranked(found uuid[], words tsquery, internal boolean) returns uuid[]
language sql stable as $$
	select coalesce(array_agg(t.id order by
		(ts_rank_cd(s.public_words, words, 1) + case when internal then ts_rank_cd(s.internal_words, words, 1) else 0 end
			+ case when words_of(t.title) @@ words then 1 else 0 end)
		* (0.2 + 90 / (90 + extract(epoch from now() - t.created_at) / 86400)) desc, t.created_at desc, t.id desc), '{}')
	from unnest(found) as wanted(id) join tickets t using (id) join ticket_search s on s.ticket_id = t.id
$$;
