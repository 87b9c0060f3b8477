-- The clocks of a ticket, as they are shown: Deadlines of queues/answers.def, or (in_full false) DeadlinesRow. A ticket of
-- before shows its deadlines alone, until its next command. Planned once a connection.
create or replace function sla_json(t tickets, in_full boolean) returns jsonb
language plpgsql stable as $$
declare
	clocks jsonb := t.clocks;
	shown jsonb := jsonb_build_object('state', t.sla_state, 'dueAt', t.sla_due_at, 'responseDue', t.response_due_at,
		'remainingSeconds', sla_left(clocks, clocks -> 'resolution'));
	targets jsonb;
begin
	if not in_full then
		return shown;
	end if;
	select jsonb_object_agg(name, jsonb_build_object('state', clock ->> 'state',
		'dueAt', date_trunc('milliseconds', to_timestamp((clock ->> 'due')::numeric / 1000000)),
		'metAt', date_trunc('milliseconds', to_timestamp((clock ->> 'met')::numeric / 1000000)), 'remainingSeconds', sla_left(clocks, clock)))
	into targets
	from unnest(array['firstResponse', 'nextResponse', 'resolution']) name, lateral (select clocks -> name) c(clock)
	where clock is not null;
	return shown || jsonb_build_object('nextResponseDue', t.next_response_due_at, 'resolutionDue', t.due_at,
		'firstResponseAt', t.first_response_at, 'timeRemainingMs', case when t.due_at is not null and t.status not in ('resolved', 'closed')
			then greatest(floor(extract(epoch from t.due_at - now()) * 1000), 0) end, 'targets', coalesce(targets, '{}'));
end $$;
