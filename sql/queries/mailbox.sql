-- mailbox.sql - mailboxes: the desk worker's load and store, in the manner of ticket.sql, and what is read of them.

-- name: mailbox_load :many
select t.id, t.version, {mailbox read} from mailboxes t where t.deleted_at is null or t.id = any($1::uuid[])

-- name: mailbox_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, updated_at timestamptz, {mailbox all types})
), written as (
	insert into mailboxes (id, version, created_at, updated_at, {mailbox all names})
	select id, version, updated_at, updated_at, {mailbox all names} from rows
	returning 1
)
select expect_rows('mailboxes inserted', $2::bigint, (select count(*) from written))

-- name: mailbox_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {mailbox always types})
), written as (
	update mailboxes t set version = r.version, updated_at = r.updated_at, {mailbox always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('mailboxes updated', $2::bigint, (select count(*) from written))

-- name: mailbox_list :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	jsonb_build_object('mailboxes', coalesce((
		select jsonb_agg(mailbox_json(m) order by m.address) from mailboxes m where m.deleted_at is null), '[]'))::text, null::text
from actor_of($1::uuid) a

-- name: mailbox_read :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when m.id is null then 'missing'
		else 'ok' end, m.version::bigint, a.role, case when m.id is not null then mailbox_json(m)::text end, null::text
from actor_of($1::uuid) a
	left join mailboxes m on m.id = ($3::jsonb ->> 'mailboxId')::uuid and m.deleted_at is null
