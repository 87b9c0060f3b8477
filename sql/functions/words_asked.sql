-- What somebody types into a search box, as a query. words: what a ticket must hold; NULL when nothing was asked. keys:
-- the same for the index (search_keys), as text in which E'\x01' stands for what comes before each word; NULL when
-- only what must not be there was asked.
--
-- "quoted words" stand side by side, and so do the parts of a code, an address, the name of a file. -word must not be
-- there; -12 is a number. The last word is the beginning of one, unless a blank, a quote or
-- another sign follows.
create or replace function words_asked(said text, out words tsquery, out keys text)
language plpgsql immutable parallel safe as $$
declare
	part text[];
	wordlist text[];
	phrase tsquery;
	is_open boolean;
	is_negated boolean;
begin
	said := translate(said, U&'\201C\201D\201E\00AB\00BB\FF02', '""""""');
	for part in select regexp_matches(said, '(-?)"([^"]*)("?)|(\S+)(\s?)', 'g') loop
		is_negated := coalesce(part[1] = '-', part[4] ~ '^-+[^-\d\s]');
		is_open := coalesce(part[3], part[5]) = '' and coalesce(part[4] !~ '[!-/:-@[-`{-~]$', true);
		wordlist := regexp_split_to_array(btrim(words_folded(coalesce(part[2], part[4])), E' \t\r\n'), '\s+');
		phrase := asked_side_by_side(wordlist, is_open and not is_negated);
		if phrase is null or numnode(phrase) = 0 then
			continue;
		end if;
		if is_negated then
			words := coalesce(words && !!phrase, !!phrase);
		else
			words := coalesce(words && phrase, phrase);
			keys := concat_ws(' & ', keys, regexp_replace(replace(phrase::text, ' <-> ', ' & '), '''([^'']*)''', E'''\x01\\1''', 'g'));
		end if;
	end loop;
end $$;
