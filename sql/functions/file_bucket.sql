-- The bucket that a file's bytes are in; null when they are gone. See file_key.sql.
create or replace function file_bucket(f files) returns text
language sql immutable parallel safe as $$
	select case when f.place in ('temp', 'quarantine') then 'helpdesk-temp' when f.place = 'gone' then null
		when f.purpose = 'avatar' then 'helpdesk-avatars' else 'helpdesk-tickets' end
$$;
