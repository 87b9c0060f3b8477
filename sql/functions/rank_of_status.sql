-- Statuses in their order, for lists; NULL for what is none.
create or replace function rank_of_status(status text) returns integer
language sql immutable parallel safe as $$
	select array_position('{open,in_progress,waiting_user,resolved,closed}'::text[], status)
$$;
