-- Where an account's avatar is shown; null when it has none. The file's id is part of it, so that a browser sees when it changes.
create or replace function avatar_url(account uuid) returns text
language plpgsql stable as $$
declare
	avatar uuid := avatar_of(account);
begin
	return case when avatar is not null then '/api/v1/users/' || account || '/avatar?v=' || avatar end;
end $$;
