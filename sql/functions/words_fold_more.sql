-- Makes the words of at most so many tickets anew that were written before words were folded; how many it were. The rows
-- are locked first and read in a second statement: what a worker has said meanwhile is seen, or added by it behind us.
create or replace function words_fold_more(most integer) returns integer
language plpgsql as $$
declare
	wanted uuid[];
begin
	select array_agg(ticket_id) into wanted from (
		select ticket_id from ticket_search where not is_folded limit most for update skip locked) locked;
	update ticket_search s set created_at = t.created_at, is_folded = true, public_words = words_of(ticket_said(t, false)),
		internal_words = words_of(ticket_said(t, true))
	from tickets t
	where t.id = s.ticket_id and s.ticket_id = any(wanted);
	return coalesce(cardinality(wanted), 0);
end $$;
revoke execute on function words_fold_more(integer) from public;
