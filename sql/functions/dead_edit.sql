-- Changes what an open dead letter says; what it said first is kept. body and fp are those of queues/dead_edit.h, which has held them
-- against the row of the letter's type; before is the body they were made of. members: which have changed, for the trail.
-- verdict: ok, forbidden, missing, or conflict (it is not open, or says something else by now). actor null: guichetctl.
create or replace function dead_edit(actor uuid, told uuid, letter uuid, before text, after text, fp text, members jsonb,
	request_id text, traceparent text, origin text, out verdict text, out data jsonb)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	found_one dead_letters;
begin
	if not operator_may(actor) then
		verdict := 'forbidden';
		return;
	end if;
	select * into found_one from dead_letters d where d.id = letter for update;
	if found_one.id is null then
		verdict := 'missing';
		return;
	end if;
	if found_one.state <> 'open' or found_one.body <> before then
		verdict := 'conflict';
		return;
	end if;
	update dead_letters d set body = after, headers = d.headers || jsonb_build_object('fp', fp), first_body = coalesce(d.first_body, d.body),
		edited_at = now(), edited_by = actor
	where d.id = letter returning * into found_one;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('dead.edited', told, actor, (select role from actor_of(actor)), request_id, traceparent, 'commandId',
		found_one.command_id, jsonb_build_object('deadLetterId', letter, 'commandType', found_one.type, 'changed', members), origin) e;
	verdict := 'ok';
	data := dead_whole_json(found_one);
end $$;
revoke execute on function dead_edit(uuid, uuid, uuid, text, text, text, jsonb, text, text, text) from public;
