-- Why a ticket is due when it is: SlaExplained of queues/answers.def. Target by target the stretches that add up: worked
-- and paused ones that have ended (ticket_spans), then the one that goes on, up to the deadline. is_consistent says that
-- they do add up, to the microsecond: what was worked is what the clock has used, and the open hours that are still to come are the rest.
create or replace function sla_explained(t tickets) returns jsonb
language plpgsql stable as $$
declare
	clocks jsonb := t.clocks;
	name text;
	clock jsonb;
	word text; -- of the target, as ticket_spans has it
	past jsonb;
	worked numeric;
	used numeric;
	rest numeric;
	since numeric;
	due numeric;
	open_us numeric;
	goes_on jsonb;
	shown jsonb := '{}';
begin
	foreach name in array array['firstResponse', 'nextResponse', 'resolution'] loop
		clock := clocks -> name;
		continue when clock is null;
		word := lower(regexp_replace(name, '([A-Z])', '_\1'));
		select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'why', s.why, 'from', s.from_at, 'to', s.to_at,
				'workedSeconds', round(s.worked_us / 1000000.0), 'closedSeconds', case s.kind when 'worked'
					then round(extract(epoch from s.to_at - s.from_at) - s.worked_us / 1000000.0) else 0 end,
				'policyVersion', s.policy_version, 'calendarVersion', nullif(s.calendar_version, 0)) order by s.from_at, s.id), '[]'),
			coalesce(sum(s.worked_us), 0)
		into past, worked
		from ticket_spans s
		where s.ticket_id = t.id and s.target = word
			and extract(epoch from s.from_at) * 1000000 >= (clock ->> 'begun')::numeric;
		used := coalesce((clock ->> 'used')::numeric, 0);
		rest := greatest((clock ->> 'budget')::numeric - used, 0);
		since := clock ->> 'since';
		due := clock ->> 'due';
		open_us := null;
		goes_on := '[]';
		if since is not null and due is not null then
			select case when clocks ? 'hours' then (
					select sum(greatest(least((h ->> 1)::numeric * 1000000, due) - greatest((h ->> 0)::numeric * 1000000, since), 0))
					from jsonb_array_elements(clocks -> 'hours') h
					having max((h ->> 1)::numeric) * 1000000 >= due)
				else due - since end into open_us;
			goes_on := jsonb_build_array(jsonb_build_object('kind', 'running', 'why', t.status, 'from', to_timestamp(since / 1000000),
				'to', to_timestamp(due / 1000000), 'workedSeconds', round(rest / 1000000), 'closedSeconds', round((due - since - rest) / 1000000),
				'policyVersion', t.policy_version, 'calendarVersion', (clocks ->> 'calendarVersion')::integer));
		elsif clock ? 'stopped' and not clock ? 'met' then
			goes_on := jsonb_build_array(jsonb_build_object('kind', 'paused', 'why', clock ->> 'stoppedBy',
				'from', to_timestamp((clock ->> 'stopped')::numeric / 1000000), 'to', null, 'workedSeconds', 0, 'closedSeconds', 0,
				'policyVersion', t.policy_version, 'calendarVersion', (clocks ->> 'calendarVersion')::integer));
		end if;
		shown := shown || jsonb_build_object(name, jsonb_build_object('state', clock ->> 'state',
			'dueAt', to_timestamp(due / 1000000), 'metAt', to_timestamp((clock ->> 'met')::numeric / 1000000),
			'budgetSeconds', round((clock ->> 'budget')::numeric / 1000000), 'usedSeconds', round(used / 1000000),
			'broughtSeconds', round(coalesce((clock ->> 'brought')::numeric, 0) / 1000000),
			'remainingSeconds', sla_left(clocks, clock), 'intervals', past || goes_on,
			'isConsistent', worked + coalesce((clock ->> 'brought')::numeric, 0) = used and coalesce(open_us = rest, true)));
	end loop;
	return jsonb_build_object('ticketId', t.id, 'number', t.number, 'state', t.sla_state,
		'policy', (select jsonb_build_object('id', p.policy_id, 'name', p.name, 'version', p.version)
			from sla_policy_versions p where p.policy_id = t.policy_id and p.version = t.policy_version),
		'calendar', (select jsonb_build_object('id', c.calendar_id, 'name', c.name, 'version', c.version)
			from calendar_versions c where c.calendar_id = (clocks ->> 'calendarId')::uuid and c.version = (clocks ->> 'calendarVersion')::integer),
		'targets', shown);
end $$;
