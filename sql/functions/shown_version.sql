-- The version of a ticket: staff's counts every change, an owner's only those that he sees.
create or replace function shown_version(t tickets, is_staff boolean) returns integer
language sql immutable parallel safe as $$ select case when is_staff then t.version else t.public_version end $$;
