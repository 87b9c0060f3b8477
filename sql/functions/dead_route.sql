-- Where a dead letter's message goes when it is sent again, or why it cannot be.
--
-- A letter that a worker wrote names the exchange its message came by. One that the broker declared dead came by guichet.dead,
-- and the first exchange is not known: the type tells. known is what the catalogue and the topology say (queues/dead_known.h):
-- commands and events (types), and routes ("exchange key" of each queue of a direct exchange). Events reach the trail by any key.
create or replace function dead_route(letter dead_letters, known jsonb, out exchange text, out routing_key text, out why text)
language plpgsql stable as $$
begin
	if coalesce(letter.headers ->> 'message_id', '') !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
		why := 'it has no message id, and nobody takes a message without one';
	elsif letter.exchange in ('guichet.commands', 'guichet.work', 'guichet.events') then
		exchange := letter.exchange;
		routing_key := letter.routing_key;
	elsif known -> 'commands' ? letter.type then
		exchange := 'guichet.commands';
		routing_key := case when letter.routing_key like 'cmd.%' then letter.routing_key else letter.queue end;
		why := case when routing_key not like 'cmd.%' then 'the lane of this command is not known' end;
	elsif known -> 'events' ? letter.type or letter.queue like 'events.%' then
		exchange := 'guichet.events';
		routing_key := letter.type;
		why := case when letter.type = '' then 'it has no type, so nobody would take it' end;
	elsif letter.queue like 'work.%' then
		exchange := 'guichet.work';
		routing_key := case when letter.routing_key like 'work.%' then letter.routing_key else letter.queue end;
	else
		why := 'neither its exchange nor its type tells where it belongs';
	end if;
	if why is null and exchange <> 'guichet.events' and not known -> 'routes' ? (exchange || ' ' || routing_key) then
		why := 'the topology knows no queue that takes it';
	end if;
end $$;
