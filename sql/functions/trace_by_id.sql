-- The same of a UUID that is no ticket's.
create or replace function trace_by_id(wanted uuid, out kind text, out of_commands uuid[], out of_events uuid[], out of_mails uuid[],
	out of_inbounds uuid[], out of_files uuid[])
language plpgsql stable as $$
declare
	letter uuid := (select d.command_id from dead_letters d where d.id = wanted);
begin
	if exists (select from inbox_found(array[wanted])) or exists (select from audit_log a where a.command_id = wanted)
			or exists (select from dead_letters d where d.command_id = wanted) then
		kind := 'command';
		of_commands := array[wanted];
	elsif letter is not null then
		kind := 'dead letter';
		of_commands := array[letter];
	elsif exists (select from audit_log a where a.event_id = wanted) then
		kind := 'event';
		of_events := array[wanted];
	elsif exists (select from mails m where m.id = wanted) then
		kind := 'mail';
		of_mails := array[wanted];
	elsif exists (select from inbound_mails i where i.id = wanted) then
		kind := 'inbound mail';
		of_inbounds := array[wanted];
	elsif exists (select from webhook_deliveries d where d.id = wanted) then
		kind := 'delivery';
		of_events := array(select d.event_id from webhook_deliveries d where d.id = wanted);
	elsif exists (select from notifications n where n.id = wanted) then
		kind := 'notification';
		of_events := array(select n.event_id from notifications n where n.id = wanted);
	elsif exists (select from files f where f.id = wanted) then
		kind := 'file';
		of_files := array[wanted];
		of_events := array(select a.event_id from audit_log a where a.resource_id = wanted order by a.seq limit 150);
	end if;
end $$;
