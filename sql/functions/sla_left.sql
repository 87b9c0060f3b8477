-- Seconds of working time that are left of a clock (workers/ticket/clocks.h), 0 when they are used up; null when it is
-- met, or there is none. clocks: all of the ticket's, with the hours in which the calendar is open. Planned once a connection.
create or replace function sla_left(clocks jsonb, clock jsonb) returns bigint
language plpgsql stable as $$
declare
	since numeric := (clock ->> 'since')::numeric / 1000000;
	at numeric := extract(epoch from now());
	left_over numeric := ((clock ->> 'budget')::numeric - coalesce((clock ->> 'used')::numeric, 0)) / 1000000;
begin
	if clock is null or clock ? 'met' then
		return null;
	end if;
	if since is not null and clocks ? 'hours' then
		left_over := left_over - (select coalesce(sum(greatest(least((h ->> 1)::numeric, at) - greatest((h ->> 0)::numeric, since), 0)), 0)
			from jsonb_array_elements(clocks -> 'hours') h);
	elsif since is not null then
		left_over := left_over - greatest(at - since, 0);
	end if;
	return greatest(floor(left_over), 0);
end $$;
