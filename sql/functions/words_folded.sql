-- A text as it is searched, the same when it is written and when it is asked for: words in lower case without accents,
-- with blanks between them. All ASCII punctuation is a blank before PostgreSQL's parser sees it, so that codes,
-- addresses and names of files are words side by side. Chinese, Japanese, Korean and Thai have no blanks between words:
-- of "abc" in such a script the words are "a ab bc c".
create or replace function words_folded(said text) returns text
language plpgsql immutable parallel safe as $$
declare
	unspaced constant text := '[\u0E00-\u0EFF\u1100-\u11FF\u3005-\u3007\u3040-\u30FF\u3130-\u318F\u31F0-\u31FF\u3400-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF]';
begin
	if octet_length(said) <> length(said) then
		said := public.unaccent('public.unaccent', normalize(said, NFKC));
		if said ~ '[\u00AD\u0300-\u036F\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]' then
			said := regexp_replace(said, '[\u00AD\u0300-\u036F\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]', '', 'g');
		end if;
		if said ~ unspaced then
			said := regexp_replace(regexp_replace(said, '(' || unspaced || '+)', ' \1 ', 'g'), '(' || unspaced || ')', '\1 \1', 'g');
		end if;
	end if;
	return translate(lower(said), E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~', repeat(' ', 32));
end $$;
