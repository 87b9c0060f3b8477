-- Why: an administrator lets somebody in again whom wrong passwords have locked out. The lock is by address and ingress's own; that it
-- is lifted is the account's.
alter table accounts add column if not exists unlocked_at timestamptz;
do $$
begin
	if to_regprocedure('account_is_unlocked()') is null then
		create function account_is_unlocked() returns trigger language plpgsql as 'begin return null; end';
	end if;
end $$;
drop trigger if exists account_is_unlocked on accounts;
create trigger account_is_unlocked after update on accounts for each row
	when (old.unlocked_at is distinct from new.unlocked_at)
	execute function account_is_unlocked();
