-- A day is UTC's, whatever the server or the session thinks the time zone is.
create or replace function today() returns date
language sql stable as $$ select (now() at time zone 'utc')::date $$;
