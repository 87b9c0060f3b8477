-- notify.sql - what the notify worker reads and writes: who is told of an event.

-- name: notify_tickets :many
select t.id, t.number, t.title, t.priority, t.category, (extract(epoch from t.due_at) * 1000000)::bigint,
	t.resolution, title_at_first(t)
from unnest($1::uuid[]) as wanted(id) join tickets t using (id)

-- name: notify_people :many
-- Everybody with a tie (workers/notify/notify.h) to one of the tickets ($1), and those the
-- events themselves name ($2), who have no ticket here.
with tied as (
	select id as ticket_id, owner_id as account_id, 2 as tie from tickets where id = any($1::uuid[])
	union all
	select id, assignee_id, 4 from tickets where id = any($1::uuid[]) and assignee_id is not null
	union all
	select id, unnest(watchers), 8 from tickets where id = any($1::uuid[])
	union all
	select null, named, 1 from unnest($2::uuid[]) as named
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
select p.ticket_id, p.tie, a.id, a.email, a.first_name, a.last_name, a.language, a.role <> 'user', a.active, a.timezone,
	s.id, s.number, s.title, title_at_first(s)
from people p join accounts a on a.id = p.account_id left join tickets s on s.id = p.own_id
order by p.tie, a.id, s.id

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
insert into mails (id, priority, template, language, recipient, recipient_id, ticket_id, event_id, fields)
select id, priority, template, language, recipient, recipient_id, ticket_id, event_id, fields
from jsonb_to_recordset($1::jsonb) as m(id uuid, priority smallint, template text, language text, recipient text,
	recipient_id uuid, ticket_id uuid, event_id uuid, fields jsonb)
on conflict do nothing
