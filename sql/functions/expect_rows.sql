-- Raised by store when it changed another number of rows than it meant to: the
-- worker loads again. GU001 belongs to no SQLSTATE class of the standard.
create or replace function expect_rows(what text, expected bigint, actual bigint) returns bigint
language plpgsql immutable as $$
begin
	if expected is distinct from actual then
		raise exception using errcode = 'GU001', message = format('%s: %s rows instead of %s', what, actual, expected);
	end if;
	return actual;
end $$;
