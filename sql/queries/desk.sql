-- desk.sql - the desk worker's load and store: calendars and policies. They are few, so all are loaded, whatever the ids in
-- $1; no row is locked, because only this worker's role writes them. {calendar ...} and {policy ...} stand for columns of
-- sql/columns. What is changed is a version that stays, raises the epoch by which others know that what they keep of it is
-- old, and has open tickets computed anew a little later: a batch of tickets that is under way may still go by what was.

-- name: calendar_load :many
select t.id, t.version, {calendar read} from calendars t where t.deleted_at is null or t.id = any($1::uuid[])

-- name: calendar_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, updated_at timestamptz, {calendar all types})
), written as (
	insert into calendars (id, version, created_at, updated_at, {calendar all names})
	select id, version, updated_at, updated_at, {calendar all names} from rows
	returning 1
)
select expect_rows('calendars inserted', $2::bigint, (select count(*) from written))

-- name: calendar_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {calendar always types})
), written as (
	update calendars t set version = r.version, updated_at = r.updated_at, {calendar always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('calendars updated', $2::bigint, (select count(*) from written))

-- name: policy_load :many
select t.id, t.version, {policy read} from sla_policies t where t.deleted_at is null or t.id = any($1::uuid[])

-- name: policy_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, updated_at timestamptz, {policy all types})
), written as (
	insert into sla_policies (id, version, created_at, updated_at, {policy all names})
	select id, version, updated_at, updated_at, {policy all names} from rows
	returning 1
)
select expect_rows('policies inserted', $2::bigint, (select count(*) from written))

-- name: policy_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {policy always types})
), written as (
	update sla_policies t set version = r.version, updated_at = r.updated_at, {policy always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('policies updated', $2::bigint, (select count(*) from written))

-- name: policy_put_in_order :exec
-- $1: all of them but the default one, in their order.
update sla_policies p set position = o.place
from unnest($1::uuid[]) with ordinality as o(id, place)
where p.id = o.id and p.position <> o.place

-- name: sla_versions_insert :one
-- $1: calendars and policies that have changed, as they are now.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(kind text, id uuid, version integer, name text, calendar_id uuid,
		body jsonb, changed_at timestamptz, changed_by uuid)
), calendars_written as (
	insert into calendar_versions (calendar_id, version, name, body, changed_at, changed_by)
	select id, version, name, body, changed_at, changed_by from rows where kind = 'calendar'
	returning 1
), policies_written as (
	insert into sla_policy_versions (policy_id, version, name, calendar_id, body, changed_at, changed_by)
	select id, version, name, calendar_id, body, changed_at, changed_by from rows where kind = 'policy'
	returning 1
)
select expect_rows('versions written', $2::bigint,
	(select count(*) from calendars_written) + (select count(*) from policies_written))

-- name: sla_changed :exec
-- $1: the same again. Which policy fits a ticket may have changed with each policy; with a calendar it has not.
with epoch as (
	update sla_state set epoch = epoch + 1
)
insert into timers (kind, subject, due_at, version, payload)
select 'recompute', id, now() + interval '5 seconds', max(version), jsonb_build_object('of', min(kind))
from jsonb_to_recordset($1::jsonb) as t(kind text, id uuid, version integer) group by id
on conflict (kind, subject) do update
set due_at = excluded.due_at, version = excluded.version, payload = excluded.payload
