-- The time of a place in a list of tickets (cursor_of).
create or replace function cursor_time(place text) returns timestamptz
language sql immutable as $$
	select to_timestamp(split_part(place, '_', 1)::bigint / 1000000)
		+ make_interval(secs => (split_part(place, '_', 1)::bigint % 1000000) / 1000000.0)
$$;
