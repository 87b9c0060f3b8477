-- Takes the public words of at most so many tickets over into search_words, in the order in which the tickets were made;
-- how many they were. What was made in the last minute waits: one from before could still be committed. What has a
-- digit in it is no word to be mistyped.
create or replace function words_learn(most integer) returns integer
language plpgsql as $$
declare
	place search_words_learnt;
	ids uuid[];
begin
	select * into place from search_words_learnt for update;
	select array_agg(id order by created_at, id) into ids from (
		select t.id, t.created_at from tickets t
		where (t.created_at, t.id) > (place.created_at, place.ticket_id) and t.created_at < now() - interval '1 minute'
		order by t.created_at, t.id limit most) next;
	if ids is null then
		return 0;
	end if;
	insert into search_words as w (word, met)
	select word, count(*) from ticket_search s, unnest(tsvector_to_array(s.public_words)) word
	where s.ticket_id = any(ids) and length(word) between 4 and 40 and word !~ '\d'
	group by word order by word
	on conflict (word) do update set met = w.met + excluded.met;
	update search_words_learnt set (created_at, ticket_id) = (select t.created_at, t.id from tickets t where t.id = ids[cardinality(ids)]);
	return cardinality(ids);
end $$;
revoke execute on function words_learn(integer) from public;
