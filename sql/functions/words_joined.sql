-- The words of both; when they do not fit, the ones that were there.
create or replace function words_joined(there tsvector, said tsvector) returns tsvector
language plpgsql immutable as $$
begin
	return there || said;
exception when program_limit_exceeded then
	return there;
end $$;
