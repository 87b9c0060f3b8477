-- Drops the oldest day of a table if it is older than 30 days, of the log 14; of the outbox only when all of it is told. One
-- each call. NULL: nothing is old enough, or somebody holds the table.
create or replace function partition_drop(parent text, today date) returns text
language plpgsql set lock_timeout = '200ms' as $$
declare
	oldest text;
	day date;
begin
	select c.relname into oldest from pg_inherits i join pg_class c on c.oid = i.inhrelid
	where i.inhparent = to_regclass(parent) and c.relname ~ '_\d{8}$' order by c.relname limit 1;
	day := to_date(right(oldest, 8), 'YYYYMMDD');
	if day is null or day >= today - (case parent when 'log_lines' then 14 else 30 end) or (parent = 'outbox' and day >= outbox_untold(today) - 1) then
		return null;
	end if;
	execute format('drop table %I', oldest);
	return oldest;
exception
	when lock_not_available then
		return null;
end $$;
revoke execute on function partition_drop(text, date) from public;
