-- What has happened to commands and mails, and what came of them, in order: accepted, applied, died and mended, told, sent. The
-- latest 500 steps.
create or replace function trace_steps(of_commands uuid[], of_events uuid[], of_mails uuid[], of_inbounds uuid[], of_files uuid[])
returns table (at timestamptz, rank integer, step text, what text, id uuid, outcome text, detail text)
language sql stable as $$
	with applied as materialized (select * from inbox_found(of_commands)),
	letters as materialized (select d.* from dead_letters d where d.command_id = any (of_commands) limit 100),
	events as materialized (select * from trace_events(of_commands, of_events)),
	told as (select array(select e.id from events e) as ids),
	mail_in as materialized (
		select * from inbound_mails i where i.id = any (of_inbounds)
		union select * from inbound_mails i where i.command_id = any (of_commands) limit 100
	), touched as (
		select array(select unnest(of_files) union select a.subject_id from applied a where a.type like 'file.%' and a.subject_id is not null) as ids
	), steps as (
		select id_time(c.id) as at, 10 as rank, 'accepted' as step, coalesce(a.type, l.type, '') as what, c.id,
			case when a.command_id is not null or l.id is not null or exists (select from events) then 'confirmed' else 'not applied' end as outcome,
			case when a.command_id is null and l.id is null and not exists (select from events)
				then 'it waits in its queue, was never confirmed by the broker, or is forgotten' end as detail
		from unnest(of_commands) c(id) left join applied a on a.command_id = c.id
			left join lateral (select * from letters where letters.command_id = c.id limit 1) l on true
		where id_time(c.id) is not null
		union all
		select a.finished_at, 20, 'applied', a.type, a.command_id, a.state,
			concat_ws(', ', a.status, nullif(a.code, ''), 'version ' || a.version, left(a.problem ->> 'detail', 300)) from applied a
		union all
		select s.started_at, 15, 'tried', 'start ' || s.starts, s.command_id, 'redelivered', 'three starts without an end are a death'
		from suspects s where s.command_id = any (of_commands)
		union all
		select l.died_at, 25, 'died', l.queue || ' ' || l.type, l.id, l.state, left(l.reason, 300) from letters l
		union all
		select l.edited_at, 26, 'changed by hand', l.type, l.id, l.state, null from letters l where l.edited_at is not null
		union all
		select l.replayed_at, 27, 'replayed', l.type, l.id, l.state, l.replays || ' times' from letters l where l.replayed_at is not null
		union all
		select l.discarded_at, 28, 'discarded', l.type, l.id, l.state, l.discarded_why from letters l where l.discarded_at is not null
		union all
		select m.accepted_at, 5, 'mail taken', concat_ws(' ', m.door, 'from', coalesce(m.from_address, m.envelope_from, m.peer)), m.id, 'in the ledger',
			left(m.subject, 200) from mail_in m
		union all
		select m.outcome_at, 6, 'mail decided', coalesce(m.message_id, ''), m.id, m.outcome, concat_ws(', ', left(m.reason, 200), left(m.error, 200))
		from mail_in m where m.outcome_at is not null
		union all
		select * from events
		union all
		select t.* from told, touched, trace_told(told.ids, of_mails, touched.ids) t
	)
	select * from (select * from steps order by at desc nulls last, rank desc limit 500) latest order by at nulls first, rank, id
$$;
