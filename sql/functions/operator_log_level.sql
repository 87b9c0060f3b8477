-- Has a program log more or less than its LOG_LEVEL says, until an instant; wanted null: as LOG_LEVEL says again. named null:
-- all programs. verdict: ok or forbidden. The program hears of it within two seconds, and the trail is told.
create or replace function operator_log_level(actor uuid, told uuid, named text, wanted text, ends timestamptz, known text[],
	request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	delete from operator_log_levels where program = any (known);
	if wanted is not null then
		insert into operator_log_levels (program, level, until, by_whom) select p, wanted, ends, actor from unnest(known) p;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('operator.log_level_set', told, actor, (select role from actor_of(actor)), request_id, traceparent,
		'accountId', null, jsonb_build_object('program', named, 'level', wanted, 'until', ends), origin) e;
	return 'ok';
end $$;
revoke execute on function operator_log_level(uuid, uuid, text, text, timestamptz, text[], text, text, text) from public;
