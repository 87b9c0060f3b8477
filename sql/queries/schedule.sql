-- schedule.sql - tickets that come again: the desk worker's load and store, and what is read of them.

-- name: schedule_load :many
select t.id, t.version, {schedule read} from schedules t where t.deleted_at is null or t.id = any($1::uuid[])

-- name: schedule_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, updated_at timestamptz, {schedule all types})
), written as (
	insert into schedules (id, version, created_at, updated_at, {schedule all names})
	select id, version, updated_at, updated_at, {schedule all names} from rows
	returning 1
)
select expect_rows('schedules inserted', $2::bigint, (select count(*) from written))

-- name: schedule_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {schedule always types})
), written as (
	update schedules t set version = r.version, updated_at = r.updated_at, {schedule always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('schedules updated', $2::bigint, (select count(*) from written))

-- name: schedule_timers :exec
-- $1: when each comes next; null: no more.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as r(subject uuid, due_at timestamptz, version bigint)
), gone as (
	delete from timers t using rows r where r.due_at is null and t.kind = 'schedule' and t.subject = r.subject
)
insert into timers (kind, subject, due_at, version)
select 'schedule', subject, due_at, version from rows where due_at is not null
on conflict (kind, subject) do update set due_at = excluded.due_at, version = excluded.version

-- name: schedule_list :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	jsonb_build_object('schedules', coalesce((
		select jsonb_agg(schedule_json(s, t.due_at) order by lower(s.name), s.id)
		from schedules s left join timers t on t.kind = 'schedule' and t.subject = s.id
		where s.deleted_at is null), '[]'))::text, null::text
from actor_of($1::uuid) a

-- name: schedule_read :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when s.id is null then 'missing'
		else 'ok' end, s.version::bigint, a.role, schedule_json(s, t.due_at)::text, null::text
from actor_of($1::uuid) a
	left join schedules s on s.id = ($3::jsonb ->> 'scheduleId')::uuid and s.deleted_at is null
	left join timers t on t.kind = 'schedule' and t.subject = s.id
