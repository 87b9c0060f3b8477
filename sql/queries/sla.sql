-- sla.sql - what a GET shows of calendars and policies; the frame of a read is told in reads.sql. Staff sees them, and
-- administrators change them. A version of before is shown as it was, also of what is deleted.

-- name: policy_delays :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, p.version, a.role,
	((p.body -> 'targets') || jsonb_build_object('policies', policies_json(), 'calendars', calendars_json()))::text, null::text
from actor_of($1::uuid) a, sla_policies p
where p.id = '00000000-0000-8000-8000-000000000001'

-- name: policy_list :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	jsonb_build_object('policies', policies_json())::text, null::text
from actor_of($1::uuid) a

-- name: policy_read :one
with wanted as (select ($3::jsonb ->> 'policyId')::uuid as id, ($3::jsonb ->> 'version')::integer as version)
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when v.policy_id is null then 'missing'
		else 'ok' end, v.version::bigint, a.role,
	policy_json(v, (select count(*)::integer from sla_policies o where o.deleted_at is null and (o.position, o.id) <= (p.position, p.id)),
		p.created_at)::text, null::text
from wanted cross join actor_of($1::uuid) a
	left join sla_policies p on p.id = wanted.id and (p.deleted_at is null or wanted.version is not null)
	left join sla_policy_versions v on v.policy_id = p.id and v.version = coalesce(wanted.version, p.version)

-- name: calendar_list :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	jsonb_build_object('calendars', calendars_json())::text, null::text
from actor_of($1::uuid) a

-- name: calendar_read :one
with wanted as (select ($3::jsonb ->> 'calendarId')::uuid as id, ($3::jsonb ->> 'version')::integer as version)
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' when v.calendar_id is null then 'missing'
		else 'ok' end, v.version::bigint, a.role, calendar_json(v, c.created_at)::text, null::text
from wanted cross join actor_of($1::uuid) a
	left join calendars c on c.id = wanted.id and (c.deleted_at is null or wanted.version is not null)
	left join calendar_versions v on v.calendar_id = c.id and v.version = coalesce(wanted.version, c.version)
