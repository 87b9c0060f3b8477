-- What an id stands for: a ticket (its id or number), a command, a request, a trace, an event, a mail of ours or one that came (its id or
-- Message-ID), a delivery, a notification, a file or a dead letter; and with which commands and others its story begins. kind null:
-- nothing of this name is known. Ids and times alone: what happened is trace_steps().
create or replace function trace_found(wanted text, out kind text, out of_commands uuid[], out of_events uuid[], out of_mails uuid[],
	out of_inbounds uuid[], out of_files uuid[])
language plpgsql stable as $$
declare
	said text := btrim(btrim(wanted), '<>');
	as_id uuid := case when said ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' then said::uuid end;
	trace uuid := case when said ~* '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' then substr(said, 4, 32)::uuid
		when said ~* '^[0-9a-f]{32}$' then said::uuid end;
	ticket uuid := (select t.id from tickets t where t.id = ticket_id_of(said));
begin
	if trace is not null then
		select array_agg(a.event_id), array_agg(distinct a.command_id) filter (where a.command_id is not null) into of_events, of_commands
		from (select * from audit_log where trace_id = trace order by seq limit 300) a;
		kind := case when of_events is not null then 'trace' end;
	end if;
	if kind is null and ticket is not null then
		kind := 'ticket';
		select array_agg(a.event_id), array_agg(distinct a.command_id) filter (where a.command_id is not null) into of_events, of_commands
		from (select * from audit_log where resource_id = ticket order by seq desc limit 150) a;
		of_inbounds := array(select i.id from inbound_mails i where i.ticket_id = ticket order by i.id desc limit 50);
		of_files := array(select f.id from files f where f.ticket_id = ticket order by f.created_at desc limit 50);
	end if;
	if kind is null and said like '%@%' then
		of_mails := array(select m.id from mails m where m.id = (case when split_part(said, '@', 1) ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
			then split_part(said, '@', 1)::uuid end));
		of_inbounds := array(select i.id from inbound_mails i where i.message_hash in (sha256(convert_to(said, 'utf8')),
			sha256(convert_to('<' || said || '>', 'utf8'))) limit 20);
		kind := case when of_mails <> '{}' or of_inbounds <> '{}' then 'message' end;
	end if;
	if kind is null and as_id is not null then
		select * into kind, of_commands, of_events, of_mails, of_inbounds, of_files from trace_by_id(as_id);
	end if;
	if kind is null then
		select array_agg(a.event_id), array_agg(distinct a.command_id) filter (where a.command_id is not null) into of_events, of_commands
		from (select * from audit_log where request_id = said order by seq limit 300) a;
		of_commands := coalesce(of_commands, '{}') || array(select d.command_id from (select * from dead_letters order by died_at desc limit 20000) d
			where d.headers ->> 'correlation_id' = said and d.command_id is not null limit 20);
		kind := case when of_events is not null or of_commands <> '{}' then 'request' end;
	end if;
	-- What a mail, a delivery or an event came of is its story, too.
	of_events := coalesce(of_events, '{}') || array(select m.event_id from mails m where m.id = any (of_mails)
		union select n.event_id from notifications n where n.mail_id = any (of_mails) limit 300);
	of_commands := array(select distinct c from unnest(coalesce(of_commands, '{}') || array(select a.command_id from audit_log a
		where a.event_id = any (of_events) and a.command_id is not null)
		|| array(select i.command_id from inbound_mails i where i.id = any (of_inbounds) and i.command_id is not null)) c limit 200);
	of_mails := coalesce(of_mails, '{}');
	of_inbounds := coalesce(of_inbounds, '{}');
	of_files := coalesce(of_files, '{}');
end $$;
