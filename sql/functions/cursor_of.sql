-- A place in the list: "<microseconds>_<id>" of the last ticket shown.
create or replace function cursor_of(at timestamptz, id uuid) returns text
language sql immutable as $$ select (extract(epoch from at) * 1000000)::bigint || '_' || id $$;
