-- The events that a lane's worker writes are in the name of those whose commands they tell of, as the inbox has it: the
-- row is there before the event, in the same transaction. Looked at once for a statement, by the day in the id; a look
-- for each row would cost a fifth of the batch. (A worker of the version before names the command in the body alone.)
create or replace function outbox_names_its_actors() returns trigger
language plpgsql as $$
begin
	if current_user not in ('guichet_ticket', 'guichet_account') then
		return null;
	end if;
	if exists (
		with named as (
			select (headers ->> 'actor')::uuid as actor,
				coalesce(headers ->> 'command_id', body::jsonb ->> 'commandId')::uuid as command
			from written where exchange = 'guichet.events' and headers ->> 'actor' is not null
		), dated as (
			select (to_timestamp(('x' || translate(left(command::text, 13), '-', ''))::bit(48)::bigint / 1000.0) at time zone 'utc')::date as day,
				array_agg(command) as ids
			from named where get_byte(uuid_send(command), 6) >> 4 = 7 group by 1
		), known as (
			select i.command_id, i.actor_id from dated d, inbox_of_day(d.day, d.ids) i where i.actor_id is not null
			union all
			select k.command_id, k.actor_id from inbox_keyed k
			where k.actor_id is not null and k.command_id in (
				select command from named where get_byte(uuid_send(command), 6) >> 4 <> 7)
		)
		select from named n where n.command is null or (n.command, n.actor) not in (select command_id, actor_id from known)
	) then
		raise insufficient_privilege using message = 'an event in the name of somebody whose command it was not';
	end if;
	return null;
end $$;
