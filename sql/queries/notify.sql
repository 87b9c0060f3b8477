-- notify.sql - what the notify worker reads and writes: who is told of an event.

-- name: notify_accounts :many
-- Only who is active gets mail.
select a.id, a.email, a.first_name, a.last_name, a.language
from unnest($1::uuid[]) as wanted(id) join accounts a using (id)
where a.active

-- name: notify_mail_store :exec
-- An event that is told again writes nothing: mail_is_written_once.
insert into mails (id, priority, template, language, recipient, recipient_id, ticket_id, event_id, fields)
select id, priority, template, language, recipient, recipient_id, ticket_id, event_id, fields
from jsonb_to_recordset($1::jsonb) as m(id uuid, priority smallint, template text, language text, recipient text,
	recipient_id uuid, ticket_id uuid, event_id uuid, fields jsonb)
on conflict do nothing
