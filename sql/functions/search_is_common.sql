-- Has one in ten of the newest tickets these words? Then they need not be looked up.
create or replace function search_is_common(words tsquery, internal boolean) returns boolean
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return count(*) >= 10
	from (select t.id from tickets t order by t.created_at desc, t.id desc limit 100) newest
	join ticket_search s on s.ticket_id = newest.id
	where s.public_words @@ words or (internal and s.internal_words @@ words);
end $$;
