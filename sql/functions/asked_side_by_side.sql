-- The folded words of one item of a search (words_asked), as a query: side by side, the last one perhaps only begun. Of a
-- script without blanks, words of two characters are asked for, and a single character as the beginning of one. NULL:
-- there are no words.
create or replace function asked_side_by_side(folded text[], is_open boolean) returns tsquery
language plpgsql immutable parallel safe as $$
declare
	unspaced constant text := '[\u0E00-\u0EFF\u1100-\u11FF\u3005-\u3007\u3040-\u30FF\u3130-\u318F\u31F0-\u31FF\u3400-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF]';
	phrase tsquery;
begin
	if array_to_string(folded, '') ~ unspaced then
		if array_to_string(folded, ' ') ~ ('(^| )' || unspaced || '{2}( |$)') then
			folded := array(select word from unnest(folded) word where word !~ ('^' || unspaced || '$'));
			is_open := false;
		else
			folded := array(select distinct word from unnest(folded) word);
			is_open := true;
		end if;
		for i in 1 .. cardinality(folded) loop
			phrase := coalesce(phrase && asked_phrase(folded[i], is_open), asked_phrase(folded[i], is_open));
		end loop;
		return phrase;
	end if;
	return asked_phrase(array_to_string(folded, ' '), is_open);
end $$;
