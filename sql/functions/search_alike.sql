-- What somebody may have meant to search for: words that are nowhere, each replaced by the one most like it. NULL when
-- there is nothing to be replaced.
create or replace function search_alike(said text) returns text
language plpgsql stable as $$
declare
	asked text[] := regexp_split_to_array(btrim(words_folded(said)), '\s+');
	alike text;
	found boolean := false;
begin
	for i in 1 .. least(cardinality(asked), 8) loop
		continue when length(asked[i]) not between 4 and 40 or asked[i] ~ '\d';
		select case when word = asked[i] then null else word end into alike from search_words
		where word % asked[i] order by similarity(word, asked[i]) desc, met desc, word limit 1;
		if alike is not null then
			asked[i] := alike;
			found := true;
		end if;
	end loop;
	return case when found then array_to_string(asked, ' ') || ' ' end;
end $$;
