-- Where the words stand in a ticket: an extract as HTML, in which nothing is marked up but the words, by <mark>. Of what is
-- said among staff only for staff, when nothing said to everybody has them. What PostgreSQL would take for a tag or an
-- entity, and leave out, is written with control characters meanwhile.
create or replace function search_extract(t tickets, words tsquery, internal boolean) returns text
language plpgsql stable as $$
declare
	how constant text := E'StartSel="\x01", StopSel="\x02", MaxWords=30, MinWords=10, ShortWord=0, MaxFragments=2, FragmentDelimiter=" … "';
	texts record;
	said text;
	extract text;
begin
	select * into texts from ticket_texts(t.id);
	for i in 0 .. case when internal then 1 else 0 end loop
		said := translate(left(case when i = 1 then texts.internal_text else texts.public_text end, 100000), E'<>&"\x01\x02', E'\x03\x04\x05\x06');
		extract := coalesce(ts_headline('guichet', said, words, how), extract);
		exit when extract like E'%\x01%';
	end loop;
	extract := replace(replace(replace(replace(extract, E'\x03', '&lt;'), E'\x04', '&gt;'), E'\x05', '&amp;'), E'\x06', '&quot;');
	return replace(replace(extract, E'\x01', '<mark>'), E'\x02', '</mark>');
end $$;
