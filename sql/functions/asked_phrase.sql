-- Folded words with blanks between them as a phrase; is_open: the last one may go on. NULL: there are no words.
create or replace function asked_phrase(folded text, is_open boolean) returns tsquery
language sql immutable parallel safe as $$
	select case when numnode(phrase) = 0 then null when is_open then (phrase::text || ':*')::tsquery else phrase end
	from phraseto_tsquery('simple', folded) phrase
$$;
