-- What an operator does with mails that are not sent, 10,000 of them at a time: retry (now, also what has failed or is held),
-- hold, release, readdress (one mail, to another address). chosen: jobId, or domain and error (a part of the last reply), and
-- recipient for readdress. The trail is told. verdict: ok, forbidden, missing, or conflict (that mail is just being sent, or
-- was, or has gone to that address before). actor null: guichetctl.
create or replace function mail_manage(actor uuid, told uuid, action text, chosen jsonb, request_id text, traceparent text,
	origin text, out verdict text, out changed bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	who record;
	job uuid := (chosen ->> 'jobId')::uuid;
	open_states text[] := case action when 'hold' then '{queued}' when 'release' then '{held}' else '{queued,held,failed}' end;
begin
	select * into who from actor_of(actor);
	if (actor is null and session_user = 'guichet_ingress') or (actor is not null and (who.id is null or not who.active
			or who.bits & 32 = 0)) then
		verdict := 'forbidden';
		return;
	end if;
	if not chosen ?| array['jobId', 'domain', 'error'] then
		raise exception 'no mail is chosen';
	end if;
	with wanted as (
		select m.id from mails m
		where m.state = any (open_states) and (job is null or m.id = job)
			and (not chosen ? 'domain' or m.domain = lower(chosen ->> 'domain'))
			and (not chosen ? 'error' or strpos(lower(m.last_reply), lower(chosen ->> 'error')) > 0)
		order by m.id limit 10000 for update
	), done as (
		update mails m set
			state = case action when 'hold' then 'held' else 'queued' end,
			next_attempt_at = case when action in ('retry', 'readdress') then now() else m.next_attempt_at end,
			refusals = case when action in ('retry', 'readdress') then 0 else m.refusals end,
			first_refused_at = case when action in ('retry', 'readdress') then null else m.first_refused_at end,
			for_server = m.for_server and action not in ('retry', 'readdress'),
			recipient = case action when 'readdress' then chosen ->> 'recipient' else m.recipient end,
			unsubscribe = case when action <> 'readdress' then m.unsubscribe end
		from wanted w where m.id = w.id
		returning 1
	)
	select count(*) into changed from done;
	if changed = 0 and job is not null then
		verdict := case when exists (select from mails m where m.id = job) then 'conflict' else 'missing' end;
		return;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('mail.managed', told, actor, who.role, request_id, traceparent, 'mailId', job,
		jsonb_build_object('action', action, 'domain', chosen -> 'domain', 'error', chosen -> 'error', 'recipient',
			chosen -> 'recipient', 'jobs', changed), origin) e;
	verdict := 'ok';
exception when unique_violation then
	verdict := 'conflict';
end $$;
revoke execute on function mail_manage(uuid, uuid, text, jsonb, text, text, text) from public;
