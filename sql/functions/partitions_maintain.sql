-- What a relay calls that is not upgraded yet.
create or replace function partitions_maintain() returns void
language sql security definer set search_path = public, pg_temp as $$ select partitions_make(today()) $$;
revoke execute on function partitions_maintain() from public;
