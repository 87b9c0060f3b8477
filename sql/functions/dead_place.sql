-- What puts dead letters into the order in which their messages were accepted; of one without that time, when it died.
create or replace function dead_place(letter dead_letters) returns bigint
language sql stable as $$
	select coalesce(nullif(case when letter.headers ->> 'accepted_at' ~ '^\d{1,17}$' then (letter.headers ->> 'accepted_at')::bigint end, 0),
		(extract(epoch from letter.died_at) * 1000000)::bigint)
$$;
