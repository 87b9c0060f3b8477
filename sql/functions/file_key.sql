-- The key under which a file's bytes lie, in its bucket; null when they are gone. queues/file_place.c has the same rule.
create or replace function file_key(f files) returns text
language sql immutable parallel safe as $$
	select case f.place when 'temp' then 'new/' || f.id when 'quarantine' then 'quarantine/' || encode(f.sha256, 'hex')
		when 'kept' then left(encode(f.sha256, 'hex'), 2) || '/' || substr(encode(f.sha256, 'hex'), 3, 2) || '/' || encode(f.sha256, 'hex') end
$$;
