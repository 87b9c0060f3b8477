-- Where the words stand in a ticket: an extract as HTML, in which nothing is marked up but the words, by <mark>. Of what is
-- said among staff only for staff, when nothing said to everybody has them.
create or replace function search_extract(t tickets, words tsquery, internal boolean) returns text
language plpgsql stable as $$
declare
	extract text;
	how constant text := E'StartSel="\x01", StopSel="\x02", MaxWords=30, MinWords=10, MaxFragments=2, FragmentDelimiter=" … "';
begin
	extract := ts_headline('guichet', left(translate(ticket_said(t, false), E'\x01\x02', ''), 100000), words, how);
	if internal and extract not like E'%\x01%' then
		extract := coalesce(nullif(ts_headline('guichet', left(translate(ticket_said(t, true), E'\x01\x02', ''), 100000), words, how), ''), extract);
	end if;
	extract := replace(replace(replace(replace(extract, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;');
	return replace(replace(extract, E'\x01', '<mark>'), E'\x02', '</mark>');
end $$;
