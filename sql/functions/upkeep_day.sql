-- The day that "old" is counted from, moved on by one a day for each hour that this is called, and never beyond the day
-- of at. A clock that was wrong for some hours so costs little of what must not be forgotten.
create or replace function upkeep_day(at timestamptz) returns date
language plpgsql as $$
begin
	update upkeep set day = least((at at time zone 'utc')::date, day + 1), moved_at = at
	where moved_at not between at - interval '59 minutes' and at;
	return (select day from upkeep);
end $$;
revoke execute on function upkeep_day(timestamptz) from public;
