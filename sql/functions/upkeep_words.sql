-- The relay's upkeep of what is searched: a slice of it. True: there is more.
create or replace function upkeep_words() returns boolean
language sql security definer set search_path = public, pg_temp as $$
	select words_fold_more(200) >= 200 or words_learn(1000) >= 1000
$$;
revoke execute on function upkeep_words() from public;
