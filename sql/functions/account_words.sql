-- The words that an account is found by: of a trigger.
create or replace function account_words() returns trigger
language plpgsql as $$
begin
	new.words := words_of(concat_ws(' ', new.first_name, new.last_name, new.email, new.department));
	return new;
end $$;
