-- Sets open dead letters aside for good, with a reason; they are kept for 90 days. At most so many in one call, the oldest first: more
-- says how many are left. trial: nothing is changed. The trail is told of each. verdict: ok, forbidden, missing (a letter that is
-- named is not there) or conflict (it is not open any more). actor null: guichetctl.
create or replace function dead_discard(actor uuid, told uuid, chosen jsonb, wherefore text, most bigint, trial boolean, request_id text,
	traceparent text, origin text, out verdict text, out changed bigint, out more bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not operator_may(actor) then
		verdict := 'forbidden';
		return;
	end if;
	if chosen ? 'ids' and exists (select from jsonb_array_elements_text(chosen -> 'ids') w(id)
			left join dead_letters d on d.id = w.id::uuid where d.state is distinct from 'open') then
		verdict := case when exists (select from jsonb_array_elements_text(chosen -> 'ids') w(id)
			where not exists (select from dead_letters d where d.id = w.id::uuid)) then 'missing' else 'conflict' end;
		return;
	end if;
	with found as materialized (
		select d.id, d.died_at from dead_found(chosen || '{"state": "open"}') d order by d.died_at, d.id
	), picked as materialized (
		select id from found order by died_at, id limit most
	), marked as (
		update dead_letters d set state = 'discarded', discarded_at = now(), discarded_by = actor, discarded_why = wherefore
		from picked p where d.id = p.id and d.state = 'open' and not trial
		returning d.*
	), announced as (
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from (select *, row_number() over (order by died_at, id) as n from marked) m,
			outbox_event('dead.discarded', id_beside(told, n), actor, (select role from actor_of(actor)), request_id, traceparent, 'commandId',
				m.command_id, jsonb_build_object('deadLetterId', m.id, 'commandType', m.type, 'why', wherefore), origin) e
		order by n
	)
	select 'ok', case when trial then (select count(*) from picked) else (select count(*) from marked) end,
		(select count(*) from found) - (select count(*) from picked)
	into verdict, changed, more;
end $$;
revoke execute on function dead_discard(uuid, uuid, jsonb, text, bigint, boolean, text, text, text) from public;
