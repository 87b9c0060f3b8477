-- Makes the words of at most so many tickets anew that were written before words were folded, and behind them those of
-- people; how many they were. The rows
-- are locked first and read in a second statement: what a worker has said meanwhile is seen, or added by it behind us.
create or replace function words_fold_more(most integer) returns integer
language plpgsql as $$
declare
	wanted uuid[];
	n integer;
begin
	select array_agg(ticket_id) into wanted from (
		select ticket_id from ticket_search where not is_folded limit most for update skip locked) locked;
	update ticket_search s set created_at = t.created_at, is_folded = true, public_words = words_of(said.public_text),
		internal_words = words_of(said.internal_text)
	from tickets t, ticket_texts(t.id) said
	where t.id = s.ticket_id and s.ticket_id = any(wanted);
	if wanted is null then
		update accounts set words = words_of(concat_ws(' ', first_name, last_name, email, department))
		where id in (select id from accounts where words is null limit most for update skip locked);
		get diagnostics n = row_count;
		return n;
	end if;
	return cardinality(wanted);
end $$;
revoke execute on function words_fold_more(integer) from public;
