-- Trigger: the address of who is deleted is free for others.
create or replace function account_is_freed() returns trigger
language plpgsql as $$
begin
	new.email := new.id || '@deleted.invalid';
	return new;
end $$;
