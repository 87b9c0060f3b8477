-- Bit 128 of a read's access: tags are open to owners (the setting TAGS_FOR_OWNERS of ingress).
create or replace function tags_are_open(is_staff boolean, access integer) returns boolean
language sql immutable parallel safe as $$ select is_staff or access & 128 <> 0 $$;
