-- The nth id beside one that was drawn for a statement (UUIDv7), for a statement that tells of many things: the time stays, and 58
-- random bits. n is 1 to 65535.
create or replace function id_beside(drawn uuid, n bigint) returns uuid
language sql immutable as $$
	select overlay(drawn::text placing lpad(to_hex(n), 4, '0') from 33)::uuid
$$;
