-- When an id was drawn that says so (UUIDv7); null for others.
create or replace function id_time(id uuid) returns timestamptz
language sql immutable as $$
	select case when get_byte(uuid_send(id), 6) >> 4 = 7
		then to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) end
$$;
