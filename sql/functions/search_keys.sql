-- What the index of words holds of a text: each word alone, and behind the number of the day and a half (131,072 s) in
-- which its ticket was made, as ".35a1.word". A tsvector ends at 1 MiB: of a text with more words than fit twice, the
-- first are kept. Used in indexes: it names nothing outside pg_catalog.
create or replace function search_keys(words tsvector, at timestamptz) returns tsvector
language plpgsql immutable strict parallel safe as $$
declare
	lexemes text[] := tsvector_to_array(words);
	block text := '.' || to_hex(floor(extract(epoch from at - timestamptz '1970-01-01 00:00:00+00') / 131072)::integer) || '.';
	joined text := block || array_to_string(lexemes, E'\n' || block);
begin
	while octet_length(joined) > 480000 loop
		lexemes := lexemes[1:greatest(1, cardinality(lexemes)::bigint * 450000 / octet_length(joined))];
		joined := block || array_to_string(lexemes, E'\n' || block);
	end loop;
	return array_to_tsvector(case when lexemes = '{}' then '{}' else lexemes || string_to_array(joined, E'\n') end);
end $$;
