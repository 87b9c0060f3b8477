-- The events that a lane's worker writes are in the name of those whose commands they tell of, as the inbox has it: the
-- row is there before the event, in the same transaction. Looked at once for a statement, by the day in the id; a look
-- for each row would cost a fifth of the batch. (A worker of the version before names the command in the body alone.)
--
-- Planned once a connection, and by the key whatever the statistics of a partition say that was empty when they were
-- made: planning a look into the inbox takes longer than the look, and reading a day's inbox for a batch longer still.
create or replace function outbox_names_its_actors() returns trigger
language plpgsql set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
declare
	named record;
	known bigint;
begin
	if current_user not in ('guichet_ticket', 'guichet_account', 'guichet_desk') then
		return null;
	end if;
	for named in
		select day, count(*) as pairs, array_agg(command) as commands, array_agg(actor) as actors
		from (
			select distinct command, actor, case when get_byte(uuid_send(command), 6) >> 4 = 7 then
				(to_timestamp(('x' || translate(left(command::text, 13), '-', ''))::bit(48)::bigint / 1000.0) at time zone 'utc')::date
				end as day
			from (
				select coalesce(headers ->> 'command_id', body::jsonb ->> 'commandId')::uuid as command,
					(headers ->> 'actor')::uuid as actor
				from written where exchange = 'guichet.events' and headers ->> 'actor' is not null
			) told
		) dated group by day
	loop
		-- A command that is named with two actors is found for one of them, once: so it is refused, too.
		if named.day is null then
			select count(*) into known from inbox_keyed k where k.command_id = any(named.commands)
				and k.actor_id = named.actors[array_position(named.commands, k.command_id)];
		else
			select count(*) into known from inbox i where i.day = named.day and i.command_id = any(named.commands)
				and i.actor_id = named.actors[array_position(named.commands, i.command_id)];
		end if;
		if known <> named.pairs then
			raise insufficient_privilege using message = 'an event in the name of somebody whose command it was not';
		end if;
	end loop;
	return null;
end $$;
