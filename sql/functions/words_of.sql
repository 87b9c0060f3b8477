-- The words of a text, folded (words_folded), with their places. Three digits and more inside a word are a word of their
-- own, too, behind all others. A tsvector ends at 1 MiB: of a text that makes more, the words at its beginning are kept.
-- What is short needs nobody to look: no text makes more than six times its size.
create or replace function words_of(said text) returns tsvector
language plpgsql immutable parallel safe as $$
declare
	most integer := 300000;
begin
	if said = '' then
		return '';
	end if;
	said := words_folded(said);
	if said ~ '\d{3}[^\d\s]|[^\d\s]\d{3}' then
		said := said || ' ' || coalesce((select string_agg(run[1], ' ')
			from regexp_matches(said, '(?<=[^\d\s])\d{3,}|\d{3,}(?=[^\d\s])', 'g') run), '');
	end if;
	if octet_length(said) < 150000 then
		return to_tsvector('simple', said);
	end if;
	loop
		while octet_length(said) > most loop
			said := left(said, (length(said)::bigint * most / octet_length(said))::integer);
		end loop;
		begin
			return to_tsvector('simple', said);
		exception when program_limit_exceeded then
			most := most / 2;
		end;
	end loop;
end $$;
