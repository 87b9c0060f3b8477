-- notify.sql - what the notify worker reads and writes: who is told of an event.

-- name: notify_tickets :many
select t.id, t.number, t.title, t.priority, t.category, (extract(epoch from t.due_at) * 1000000)::bigint
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
)
select tied.ticket_id, tied.tie, a.id, a.email, a.first_name, a.last_name, a.language, a.role <> 'user', a.active
from tied join accounts a on a.id = tied.account_id

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
