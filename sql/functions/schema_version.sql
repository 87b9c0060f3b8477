-- How many migrations have been applied: what every program compares with the number it knows.
create or replace function schema_version() returns bigint
language sql stable security definer set search_path = public, pg_temp as
$$ select count(*) from schema_migrations $$;
