-- Why: people leave. Who is deleted keeps the row, which tickets and comments name, and no command finds it any more. A role that
-- changes, and a right to sign in, move the epoch whoever changes them, and end what was signed in.
alter table accounts add column if not exists deleted_at timestamptz;
do $$
begin
	if not exists (select from pg_constraint where conname = 'account_deleted_is_disabled') then
		alter table accounts add constraint account_deleted_is_disabled check (deleted_at is null or not active) not valid;
		alter table accounts validate constraint account_deleted_is_disabled;
	end if;
	if to_regprocedure('account_ends()') is null then
		create function account_ends() returns trigger language plpgsql as 'begin return null; end';
	end if;
	if to_regprocedure('account_is_freed()') is null then
		create function account_is_freed() returns trigger language plpgsql as 'begin return new; end';
	end if;
end $$;
drop trigger if exists account_is_freed on accounts;
create trigger account_is_freed before update on accounts for each row
	when (old.deleted_at is null and new.deleted_at is not null)
	execute function account_is_freed();
drop trigger if exists account_epoch_moves on accounts;
create trigger account_epoch_moves before update on accounts for each row
	when (old.epoch is distinct from new.epoch or old.role is distinct from new.role or old.active is distinct from new.active)
	execute function account_epoch_moves();
drop trigger if exists account_ends on accounts;
create trigger account_ends after update on accounts for each row
	when (old.role is distinct from new.role or old.active is distinct from new.active)
	execute function account_ends();
