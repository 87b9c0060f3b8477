-- notify.sql - what the notify worker reads and writes: who is told of an event.

-- name: notify_tickets :many
select t.id, t.number, t.title, t.priority, t.category, (extract(epoch from t.due_at) * 1000000)::bigint,
	t.resolution, title_at_first(t), t.assignee_id is not null, to_jsonb(t.tags)
from unnest($1::uuid[]) as wanted(id) join tickets t using (id)

-- name: notify_people :many
-- Everybody with a tie (workers/notify/notify.h) to one of the tickets ($1), and those the
-- events themselves name ($2), or call by their role ($3), who have no ticket here.
with tied as (
	select id as ticket_id, owner_id as account_id, 2 as tie from tickets where id = any($1::uuid[])
	union all
	select id, assignee_id, 4 from tickets where id = any($1::uuid[]) and assignee_id is not null
	union all
	select id, unnest(watchers), 8 from tickets where id = any($1::uuid[])
	union all
	select null, named, 1 from unnest($2::uuid[]) as named
	union
	select null, a.id, 1 from accounts a where a.role = any($3::text[]) and a.active
	union all
	-- What the owner of a merged ticket goes on to say there is for who works on the one that lives.
	select w.id, e.assignee_id, 4 from unnest($1::uuid[]) as w(id) join tickets e on e.id = ticket_end(w.id)
	where e.id <> w.id and e.assignee_id is not null
), people as (
	select tied.ticket_id, tied.tie, tied.account_id, null::uuid as own_id from tied
	union all
	select w.id, 16, s.owner_id, s.id
	from unnest($1::uuid[]) as w(id) join tickets t using (id), ticket_family(t.id, true) f(id) join tickets s on s.id = f.id
	where t.merged_count > 0 and s.owner_id <> t.owner_id
)
select p.ticket_id, p.tie, a.id, a.email, a.first_name, a.last_name, a.language, a.role not in ('user', 'service'), a.active, a.timezone,
	s.id, s.number, s.title, title_at_first(s), a.role, a.notifications, null::uuid, a.email_unproven
from people p join accounts a on a.id = p.account_id left join tickets s on s.id = p.own_id
order by p.tie, a.id, s.id

-- name: notify_staff :many
-- Whom a new ticket is told to that nobody works on: the first 200 of the staff, in the columns of notify_people.
select null::uuid, 1024, a.id, a.email, a.first_name, a.last_name, a.language, true, a.active, a.timezone,
	null::uuid, null::text, null::text, null::text, a.role, a.notifications, null::uuid, a.email_unproven
from accounts a
where a.role not in ('user', 'service') and a.active
order by a.id
limit 200

-- name: notify_mentioned :many
-- Who is meant by the words behind an @ ($1; lower case, at most 20 of a comment): staff by address, by the part before its
-- @, by a name, or by a role; others by their address, where the ticket is theirs or they watch it.
with words as (
	select * from jsonb_to_recordset($1::jsonb) as w(comment_id uuid, ticket_id uuid, word text)
), meant as (
	select w.comment_id, w.ticket_id, a.id from words w join accounts a on a.email = w.word
	where a.role not in ('user', 'service') or exists (
		select from tickets t where t.id = w.ticket_id and (t.owner_id = a.id or a.id = any(t.watchers)))
	union
	select w.comment_id, w.ticket_id, a.id
	from words w join accounts a on a.role not in ('user', 'service') and a.active
		and w.word in (split_part(a.email, '@', 1), lower(a.first_name), lower(a.last_name), a.role || 's',
			lower(replace(a.first_name || '.' || a.last_name, ' ', '')), lower(replace(a.first_name || a.last_name, ' ', '')))
)
select m.ticket_id, 512, a.id, a.email, a.first_name, a.last_name, a.language, a.role not in ('user', 'service'), a.active, a.timezone,
	null::uuid, null::text, null::text, null::text, a.role, a.notifications, m.comment_id, a.email_unproven
from meant m join accounts a using (id)
order by m.comment_id, a.id
limit 2000

-- name: notify_notices :many
select n.id, n.headline, n.content, n.priority from unnest($1::uuid[]) as wanted(id) join notices n using (id)

-- name: notify_bursts :many
-- When the mails about the tickets ($1) were, of the last $2 seconds, and until when the rest of a burst waits: by person.
select ticket_id, recipient_id, coalesce((extract(epoch from max(told_at)) * 1000000)::bigint, 0),
	coalesce((extract(epoch from min(due_at) filter (where why ->> 'decided' = 'burst')) * 1000000)::bigint, 0)
from notifications n
where ticket_id = any($1::uuid[]) and channel = 'email' and topic <> 'ticket_new'
	and not exists (select from notification_topics() t where t.topic = n.topic and t.must)
	and ((state = 'told' and told_at > now() - make_interval(secs => $2::integer)) or (state = 'waiting' and due_at > now()))
group by ticket_id, recipient_id

-- name: notify_times :many
-- When the tickets ($1) are due, on the clocks of their owners, of who works on them, and of those that are named ($2).
select t.id, z.timezone, to_char(l.at, 'YYYY-MM-DD HH24:MI'), to_char(l.at, 'DD/MM/YYYY HH24:MI')
from tickets t, (select distinct a.timezone from accounts a where a.id = any($2::uuid[]) or a.id in (
		select owner_id from tickets where id = any($1::uuid[])
		union select assignee_id from tickets where id = any($1::uuid[]))) z,
	lateral (select local_time(t.due_at, z.timezone)) as l(at)
where t.id = any($1::uuid[]) and l.at is not null

-- name: notify_comments :many
select c.id, c.is_internal, c.content
from unnest($1::uuid[]) as wanted(id) join ticket_comments c using (id)

-- name: notify_mail_store :exec
-- An event that is told again writes nothing: mail_is_written_once.
insert into mails (id, priority, template, language, recipient, recipient_id, ticket_id, event_id, topic, unsubscribe, fields, sender)
select id, priority, template, language, recipient, recipient_id, ticket_id, event_id, topic, unsubscribe, fields, ticket_mailbox(ticket_id)
from jsonb_to_recordset($1::jsonb) as m(id uuid, priority smallint, template text, language text, recipient text,
	recipient_id uuid, ticket_id uuid, event_id uuid, topic text, unsubscribe text, fields jsonb)
on conflict do nothing

-- name: notify_store :exec
-- One notification of an event for a person and a channel, whatever is told again: notification_is_told_once.
insert into notifications (id, event_id, event_type, recipient_id, channel, topic, template, ticket_id, state, due_at, mail_id,
	priority, language, title, body, fields, why, told_at)
select id, event_id, event_type, recipient_id, channel, topic, template, ticket_id, state, due_at, mail_id, priority, language,
	title, body, fields, why, case when state = 'told' then now() end
from jsonb_to_recordset($1::jsonb) as n(id uuid, event_id uuid, event_type text, recipient_id uuid, channel text, topic text,
	template text, ticket_id uuid, state text, due_at timestamptz, mail_id uuid, priority smallint, language text, title text,
	body text, fields jsonb, why jsonb)
on conflict do nothing

-- name: notify_due :one
select notifications_due($1::integer)
