-- The ticket with this number or id; NULL when there is none, and for what is neither.
create or replace function ticket_id_of(said text) returns uuid
language sql stable as $$
	select case when said ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' then said::uuid
		else (select id from tickets where number = any(number_candidates(said)) and said ~* '^#?HD-') end
$$;
