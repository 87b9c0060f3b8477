-- Trigger: when and by which transaction the epoch of an account was raised; tokens of an older epoch count no more. Another role,
-- and being disabled or enabled, raise it whoever does that.
create or replace function account_epoch_moves() returns trigger
language plpgsql as $$
begin
	if new.epoch = old.epoch then
		new.epoch := old.epoch + 1;
	end if;
	new.epoch_at := now();
	new.epoch_xid := pg_current_xact_id();
	return new;
end $$;
