-- Priorities in their order, for lists; NULL for what is none.
create or replace function rank_of_priority(priority text) returns integer
language sql immutable parallel safe as $$ select array_position('{low,medium,high,urgent}'::text[], priority) $$;
