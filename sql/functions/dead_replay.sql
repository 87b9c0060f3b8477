-- Sends dead letters again by way of the outbox, as they stand and with their own message ids, in the order in which they were
-- accepted: so the commands of a ticket keep theirs. One that was replayed before is not sent, but counted, unless again says so.
-- With ids in chosen all of them go or none; else those that cannot go are counted and left. At most so many in one call: more says
-- how many are left that could go. trial: nothing is changed. The trail is told of each. verdict: ok, forbidden, or missing (the one that is
-- named is not there). The message says how often it was replayed: see dead_letter_store.
-- known: see dead_route(). actor null: guichetctl.
create or replace function dead_replay(actor uuid, told uuid, chosen jsonb, known jsonb, most bigint, again boolean, trial boolean,
	request_id text, traceparent text, origin text, out verdict text, out replayed bigint, out already bigint, out refused bigint,
	out more bigint, out reasons jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not operator_may(actor) then
		verdict := 'forbidden';
		return;
	end if;
	if jsonb_array_length(chosen -> 'ids') = 1 and not exists (select from dead_found(chosen)) then
		verdict := 'missing';
		return;
	end if;
	with routed as materialized (
		select d.id, d.state, dead_place(d) as place, r.exchange, r.routing_key,
			case when d.state = 'discarded' and not again then 'it was discarded' else r.why end as why
		from dead_found(chosen) d, dead_route(d, known) r
	), bad as materialized (
		select id::text, why from routed where why is not null
		union all
		select w.id, 'there is no such dead letter' from jsonb_array_elements_text(chosen -> 'ids') w(id)
		where not exists (select from routed where routed.id = w.id::uuid)
	), sendable as materialized (
		select * from routed where why is null and (state = 'open' or again) and (not chosen ? 'ids' or not exists (select from bad))
		order by place, id limit most
	), marked as (
		update dead_letters d set state = 'replayed', replays = d.replays + 1, replayed_at = now()
		from sendable s where d.id = s.id and (d.state = 'open' or again) and not trial
		returning d.*, s.exchange as to_exchange, s.routing_key as to_key, s.place
	), sent as (
		insert into outbox (exchange, routing_key, type, headers, body)
		select to_exchange, to_key, type, headers || jsonb_build_object('replays', replays), body from marked order by place, id
	), announced as (
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from (select *, row_number() over (order by place, id) as n from marked) m,
			outbox_event('dead.replayed', id_beside(told, n), actor, (select role from actor_of(actor)), request_id, traceparent, 'commandId',
				m.command_id, jsonb_build_object('deadLetterId', m.id, 'commandType', m.type), origin) e
		order by n
	)
	select 'ok', case when trial then (select count(*) from sendable) else (select count(*) from marked) end,
		(select count(*) from routed where state = 'replayed' and why is null and not again), (select count(*) from bad),
		case when chosen ? 'ids' then 0
			else (select count(*) from routed where why is null and (state = 'open' or again)) - (select count(*) from sendable) end,
		(select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'why', b.why)), '[]') from (select * from bad limit 100) b)
	into verdict, replayed, already, refused, more, reasons;
end $$;
revoke execute on function dead_replay(uuid, uuid, jsonb, jsonb, bigint, boolean, boolean, text, text, text) from public;
