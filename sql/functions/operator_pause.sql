-- Lets a queue or a program rest (ends null), until an instant, or (why null) work again. verdict: ok, forbidden, or missing
-- (it does not rest). Its program hears of it within two seconds, and the trail is told. actor null: guichetctl.
create or replace function operator_pause(actor uuid, told uuid, wanted text, reason text, ends timestamptz, request_id text,
	traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	if reason is null then
		delete from operator_pauses where target = wanted;
		if not found then
			return 'missing';
		end if;
	else
		insert into operator_pauses (target, why, until, by_whom) values (wanted, reason, ends, actor)
		on conflict (target) do update set why = reason, until = ends, by_whom = actor, since = now();
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('operator.paused', told, actor, (select role from actor_of(actor)), request_id, traceparent,
		'accountId', null, jsonb_build_object('target', wanted, 'isPaused', reason is not null, 'why', reason, 'until', ends), origin) e;
	return 'ok';
end $$;
revoke execute on function operator_pause(uuid, uuid, text, text, timestamptz, text, text, text) from public;
