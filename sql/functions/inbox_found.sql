-- The inbox rows of these commands, each looked up where its id says it is.
create or replace function inbox_found(ids uuid[]) returns setof inbox
language sql stable as $$
	select i.* from unnest(ids) as wanted(id) cross join lateral inbox_of_day((id_time(wanted.id) at time zone 'utc')::date, array[wanted.id]) i
	where id_time(wanted.id) is not null
	union all
	select k.finished_at::date, k.command_id, k.state, k.type, k.status, k.code, k.subject_id, k.version, k.actor_id, k.fp, k.problem, k.finished_at
	from inbox_keyed k where k.command_id = any (ids)
$$;
