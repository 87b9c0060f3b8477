-- The number of the advisory lock on a content: held by whoever moves or removes an object that lies under its hash.
create or replace function file_content_lock(sha256 bytea) returns bigint
language sql immutable as $$ select ('x' || encode(substr(sha256, 1, 8), 'hex'))::bit(64)::bigint $$;
