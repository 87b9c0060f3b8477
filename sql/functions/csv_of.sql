-- A field of a line of CSV (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe.
create or replace function csv_of(value text) returns text
language sql immutable as $$
	select case when v ~ E'[",\r\n]' then '"' || replace(v, '"', '""') || '"' else v end
	from (select case when value ~ E'^[=+@\t\r-]' and value !~ '^-?\d+(\.\d+)?$' then '''' || value else coalesce(value, '') end) as t(v)
$$;
