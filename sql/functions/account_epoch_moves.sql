-- Trigger: when and by which transaction the epoch of an account was raised; tokens of an older epoch count no more.
create or replace function account_epoch_moves() returns trigger
language plpgsql as $$
begin
	new.epoch_at := now();
	new.epoch_xid := pg_current_xact_id();
	return new;
end $$;
