-- The id of a place in a list of tickets (cursor_of).
create or replace function cursor_id(place text) returns uuid
language sql immutable as $$ select split_part(place, '_', 2)::uuid $$;
