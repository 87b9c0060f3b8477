-- What came of what an action stands for: done, refused or failed.
create or replace function audit_outcome(action text) returns text
language sql immutable as $$
	select case when action in ('LOGIN_FAILED') then 'failed'
		when action in ('COMMAND_REFUSED', 'FORBIDDEN', 'TOKEN_REUSED') then 'refused' else 'done' end
$$;
