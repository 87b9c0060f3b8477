-- Has one in ten of the newest tickets these words? Then they need not be looked up. asked: the filters of a list (see
-- ticket_page); where they leave less than a hundred tickets, those are looked through as well.
create or replace function search_is_common(asked jsonb, words tsquery, internal boolean) returns boolean
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	filters jsonb := asked - array['page', 'limit', 'sort', 'search', 'highlight'];
	hits bigint;
	n bigint;
begin
	if filters = '{}' then
		return count(*) filter (where s.public_words @@ words or (internal and s.internal_words @@ words)) >= 10 or count(*) < 100
		from (select t.id from tickets t order by t.created_at desc, t.id desc limit 100) newest
		join ticket_search s on s.ticket_id = newest.id;
	end if;
	select count(*), count(*) filter (where s.public_words @@ words or (internal and s.internal_words @@ words)) into n, hits
	from ticket_page(filters || '{"page": 1, "limit": 100}', null, null, internal, null) t
	join ticket_search s on s.ticket_id = t.id;
	return hits >= 10 or n < 100;
end $$;

-- For a ticket_list of the version before that is under way when this is made; the next version drops it.
create or replace function search_is_common(words tsquery, internal boolean) returns boolean
language sql stable as $$ select search_is_common('{}'::jsonb, words, internal) $$;
