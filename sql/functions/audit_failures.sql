-- Events that the audit worker could not read, each with its error, the latest first: it has put them aside as dead letters
-- of its queue. For ingress, which is let at no other dead letter.
create or replace function audit_failures(most bigint, skipped bigint)
returns table (event_id text, type text, actor text, died_at timestamptz, reason text, body text, is_open boolean)
language sql stable security definer set search_path = public, pg_temp as $$
	select headers ->> 'message_id', d.type, headers ->> 'actor', d.died_at, d.reason, d.body, d.state = 'open'
	from dead_letters d where d.queue = 'events.audit'
	order by d.died_at desc, d.id desc
	limit most offset skipped
$$;
revoke execute on function audit_failures(bigint, bigint) from public;
