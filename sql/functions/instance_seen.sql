-- A process says what it is and how it is, and is told what operators want of its program:
-- {"paused": [queue or program, ...], "logLevel": word or null, "wantsSettings": true when its settings are not known}. Lines of its
-- log that are to be kept come along. Not worth a flush of the disk: nobody misses the row. Of those that are not heard of any more
-- the last twenty of a program stay.
create or replace function instance_seen(named text, process uuid, about jsonb, said jsonb) returns jsonb
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if session_user like 'guichet\_%' and session_user <> 'guichet_' || named then
		raise exception '% is not %', session_user, named;
	end if;
	perform set_config('synchronous_commit', 'off', true);
	-- A program that dies again and again leaves a row each time, which everybody reads who looks on.
	if not exists (select from program_instances where instance = process) then
		delete from program_instances where instance in (
			select instance from program_instances where program = named and seen_at < now() - interval '1 minute' order by seen_at desc offset 20);
	end if;
	insert into program_instances (instance, program, host, pid, version, started_at, facts)
	values (process, named, about ->> 'host', (about ->> 'pid')::integer, about ->> 'version', (about ->> 'startedAt')::timestamptz, said - 'lines')
	on conflict (instance) do update set seen_at = now(), facts = said - 'lines';
	if said ? 'lines' then
		perform log_keep(named, about ->> 'host', said -> 'lines');
	end if;
	if about ? 'settings' then
		insert into program_settings (instance, settings) values (process, about -> 'settings') on conflict (instance) do nothing;
	end if;
	return jsonb_build_object(
		'paused', coalesce((select jsonb_agg(target order by target) from operator_pauses where until is null or until > now()), '[]'),
		'logLevel', (select level from operator_log_levels where program = named and until > now()),
		'wantsSettings', not exists (select from program_settings s where s.instance = process));
end $$;
revoke execute on function instance_seen(text, uuid, jsonb, jsonb) from public;
