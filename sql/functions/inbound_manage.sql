-- What staff does with a mail that came: approve or reject (an answer that waits for that), reparse. The intake worker then
-- looks at the row. The trail is told. verdict: ok, forbidden, missing, or conflict. actor null: guichetctl.
create or replace function inbound_manage(actor uuid, told uuid, action text, inbound uuid, watch boolean, request_id text,
	traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	who record;
begin
	select * into who from actor_of(actor);
	if (actor is null and session_user = 'guichet_ingress') or (actor is not null and (who.id is null or not who.active
			or not who.is_staff)) then
		return 'forbidden';
	end if;
	if action in ('approve', 'reject') then
		update inbound_mails set approval = case action when 'approve' then 'approved' else 'rejected' end, approved_by = actor,
			let_in = coalesce(watch, false), outcome = null, outcome_at = null, next_attempt_at = now()
		where id = inbound and approval = 'waiting' and outcome = 'reply';
	elsif action = 'reparse' then
		update inbound_mails set reread = true, next_attempt_at = now(), kills = 0, attempts = 0,
			outcome = case when outcome in ('ticket', 'reply') then outcome end,
			outcome_at = case when outcome in ('ticket', 'reply') then outcome_at end
		where id = inbound and outcome is not null and outcome <> 'duplicate';
	else
		raise exception 'no such action';
	end if;
	if not found then
		return case when exists (select from inbound_mails where id = inbound) then 'conflict' else 'missing' end;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('inbound.managed', told, actor, who.role, request_id, traceparent, 'inboundId', inbound,
		jsonb_build_object('action', action, 'watch', watch), origin) e;
	return 'ok';
end $$;
revoke execute on function inbound_manage(uuid, uuid, text, uuid, boolean, text, text, text) from public;
