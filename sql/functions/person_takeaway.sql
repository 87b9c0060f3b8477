-- A slice of all that is kept of a person, for the person or an administrator, as JSON lines, and the cursor of the next slice (null:
-- that was all). The parts come in order, 200 lines of one at a time: profile, session, ticket, comment, notification, mail, file,
-- activity. Of a session no token, of a mail what the notifications do not say already, of what others did to the person not from
-- where. wanted: accountId, cursor. verdict: ok, missing, disabled, forbidden.
create or replace function person_takeaway(actor uuid, access integer, wanted jsonb, out verdict text, out slice text, out next text)
language plpgsql stable security definer set search_path = public, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
	most constant integer := 200;
	parts constant text[] := '{profile,session,ticket,comment,notification,mail,file,activity}';
	part text := coalesce(split_part(wanted ->> 'cursor', ':', 1), 'profile');
	at text := nullif(split_part(wanted ->> 'cursor', ':', 2), '');
	after_id uuid;
	after_seq bigint := 0;
	who record;
	person accounts;
	shown record;
begin
	select * into who from actor_of(actor);
	select * into person from accounts a where a.id = (wanted ->> 'accountId')::uuid and a.deleted_at is null;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when who.bits & 32 = 0 and person.id is distinct from actor then 'forbidden' when person.id is null then 'missing' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if part in ('notification', 'activity') then
		after_seq := coalesce(at::bigint, 0);
	else
		after_id := coalesce(at::uuid, '00000000-0000-0000-0000-000000000000');
	end if;
	with found(place, seq, data) as (
		select person.id::text, 0::bigint, person_sheet(person, true) || jsonb_build_object('preferences', preferences_json(person))
		where part = 'profile'
		union all
		(select s.id::text, row_number() over (order by s.id), jsonb_build_object('id', s.id, 'createdAt', s.created_at, 'usedAt', s.used_at,
			'expiresAt', s.expires_at, 'endedAt', s.revoked_at, 'method', s.method, 'origin', nullif(s.origin, ''))
		from sessions s where part = 'session' and s.account_id = person.id and s.id > after_id order by s.id limit most)
		union all
		(select t.id::text, row_number() over (order by t.id), jsonb_build_object('id', t.id, 'number', t.number, 'title', t.title,
			'description', t.description, 'status', t.status, 'priority', t.priority, 'category', t.category, 'resolution', t.resolution,
			'createdAt', t.created_at, 'resolvedAt', t.resolved_at, 'closedAt', t.closed_at)
		from tickets t where part = 'ticket' and t.owner_id = person.id and t.deleted_at is null and t.id > after_id order by t.id limit most)
		union all
		(select c.id::text, row_number() over (order by c.id), jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'content', c.content,
			'isInternal', c.is_internal, 'createdAt', c.created_at, 'editedAt', c.edited_at)
		from ticket_comments c where part = 'comment' and c.author_id = person.id and c.id > after_id order by c.id limit most)
		union all
		(select n.seq::text, n.seq, jsonb_build_object('id', n.id, 'type', n.event_type, 'topic', n.topic, 'title', n.title, 'body', n.body,
			'ticketId', n.ticket_id, 'createdAt', n.created_at, 'readAt', n.read_at)
		from notifications n where part = 'notification' and n.recipient_id = person.id and n.channel = 'in_app' and n.state = 'told'
			and n.deleted_at is null and n.seq > after_seq order by n.seq limit most)
		union all
		(select m.id::text, row_number() over (order by m.id), jsonb_build_object('id', m.id, 'recipient', m.recipient, 'template', m.template,
			'language', m.language, 'state', m.state, 'ticketId', m.ticket_id, 'createdAt', m.created_at, 'sentAt', m.sent_at)
		from mails m where part = 'mail' and m.recipient_id = person.id and m.id > after_id order by m.id limit most)
		union all
		(select f.id::text, row_number() over (order by f.id), jsonb_build_object('id', f.id, 'name', f.name, 'size', f.size,
			'mimeType', f.mime_type, 'sha256', encode(f.sha256, 'hex'), 'purpose', f.purpose, 'ticketId', f.ticket_id,
			'createdAt', f.created_at, 'url', '/api/v1/files/' || f.id)
		from files f where part = 'file' and f.uploaded_by = person.id and f.deleted_at is null and f.id > after_id order by f.id limit most)
		union all
		(select a.seq::text, a.seq, case when a.actor_id = person.id then activity_json(a)
			else activity_json(a) - 'ipAddress' - 'userAgent' end
		from audit_log a where part = 'activity' and a.seq in (
			(select l.seq from audit_log l where l.actor_id = person.id and l.seq > after_seq order by l.seq limit most)
			union
			(select l.seq from audit_log l where l.resource_id = person.id and l.seq > after_seq order by l.seq limit most))
		order by a.seq limit most)
	)
	select coalesce(string_agg(jsonb_build_object('kind', part, 'data', f.data)::text || E'\n', '' order by f.seq), '') as list,
		count(*) as n, (array_agg(f.place order by f.seq desc))[1] as last
	into shown from found f;
	slice := shown.list;
	next := case when shown.n = most and part <> 'profile' then part || ':' || shown.last
		else parts[array_position(parts, part) + 1] || ':' end;
end $$;
revoke execute on function person_takeaway(uuid, integer, jsonb) from public;
