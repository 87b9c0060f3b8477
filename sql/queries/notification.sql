-- notification.sql - what people are told in the app: what is read of it, and what the account worker does with it.

-- name: account_preferences :one
select case when a.active then 'ok' else 'disabled' end, a.version, a.role, preferences_json(a)::text, null::text
from accounts a
where a.id = $1::uuid and $2::integer & 2 <> 0

-- name: account_subscriptions :one
select case when not x.active then 'disabled' when x.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, x.role,
	jsonb_build_object('subscriptions', coalesce((select jsonb_agg(subscription_json(s) order by n)
		from jsonb_array_elements(a.notifications -> 'subscriptions') with ordinality as t(s, n)), '[]'))::text, null::text
from actor_of($1::uuid) x join accounts a using (id)

-- name: account_subscription :one
select case when not x.active then 'disabled' when x.bits & $2::integer = 0 then 'forbidden' when s.s is null then 'missing'
		else 'ok' end, null::bigint, x.role, subscription_json(s.s)::text, null::text
from actor_of($1::uuid) x join accounts a using (id)
	left join lateral (select t.s from jsonb_array_elements(a.notifications -> 'subscriptions') as t(s)
		where t.s ->> 'id' = $3::jsonb ->> 'subscriptionId') s on true

-- name: account_push_subscription :one
select case when not x.active then 'disabled' when x.bits & $2::integer = 0 then 'forbidden' when s.s is null then 'missing'
		else 'ok' end, null::bigint, x.role, jsonb_build_object('id', s.s -> 'id', 'endpoint', s.s -> 'endpoint', 'createdAt',
		s.s -> 'createdAt')::text, null::text
from actor_of($1::uuid) x join accounts a using (id)
	left join lateral (select t.s from jsonb_array_elements(a.notifications -> 'push') as t(s)
		where t.s ->> 'id' = $3::jsonb ->> 'pushId') s on true

-- name: notifications_all_read :exec
update notifications set read_at = now()
where recipient_id = any($1::uuid[]) and channel = 'in_app' and state = 'told' and deleted_at is null and read_at is null

-- The account worker's load and store; no row locks: only its role may write these columns, and store checks versions.

-- name: notification_load :many
select t.id, t.version, {notification read} from unnest($1::uuid[]) as wanted(id) join notifications t using (id)

-- name: notification_update :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as n(id uuid, version integer, loaded_version integer, updated_at timestamptz,
		{notification always types})
), written as (
	update notifications t set version = r.version, {notification always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('notifications updated', $2::bigint, (select count(*) from written))

-- name: notice_load :many
select t.id, t.version, {notice read} from unnest($1::uuid[]) as wanted(id) join notices t using (id)

-- name: notice_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as n(id uuid, version integer, updated_at timestamptz, {notice all types})
), written as (
	insert into notices (id, version, created_at, {notice all names})
	select id, version, updated_at, {notice all names} from rows
	returning 1
)
select expect_rows('notices inserted', $2::bigint, (select count(*) from written))

-- name: notice_recipients :many
-- $1: a JSON list of ids and addresses, in lower case.
select w.name, a.id from jsonb_array_elements_text($1::jsonb) as w(name) join accounts a on a.email = w.name and a.active
union
select w.name, a.id from jsonb_array_elements_text($1::jsonb) as w(name)
	join accounts a on w.name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' and a.active
		and a.id = case when w.name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then w.name::uuid end

-- What is read.

-- name: notification_list :one
select verdict, null::bigint, role, data, pagination from notification_list($1::uuid, $2::integer, $3::jsonb)

-- name: notification_show :one
select case when not a.active then 'disabled' when n.id is null then 'missing' else 'ok' end, null::bigint, a.role,
	notification_json(n)::text, null::text
from actor_of($1::uuid) a
	left join notifications n on n.id = ($3::jsonb ->> 'notificationId')::uuid and notification_is_shown(n, a.id, a.is_staff)
where $2::integer <> 0

-- name: notification_why :one
select case when not a.active then 'disabled' when n.id is null then 'missing' else 'ok' end, null::bigint, a.role,
	(n.why - 'staff')::text, null::text
from actor_of($1::uuid) a
	left join notifications n on n.id = ($3::jsonb ->> 'notificationId')::uuid and notification_is_shown(n, a.id, a.is_staff)
where $2::integer <> 0

-- name: ticket_notifications :one
with actor as (select * from actor_of($1::uuid)),
ticket as (select * from tickets where id = ($3::jsonb ->> 'ticketId')::uuid and deleted_at is null),
shown as (
	select n.*, row_number() over (order by n.seq desc) as place
	from (select n.* from ticket t join notifications n on n.ticket_id = t.id
		where not $3::jsonb ? 'cursor' or n.seq < ($3::jsonb ->> 'cursor')::bigint
		order by n.seq desc limit coalesce(($3::jsonb ->> 'limit')::integer, 50) + 1) n
)
select verdict, null::bigint, role, case when verdict = 'ok' then coalesce((
		select jsonb_agg(telling_json(s.id) order by s.place) from shown s
		where s.place <= coalesce(($3::jsonb ->> 'limit')::integer, 50)), '[]')::text end,
	jsonb_build_object('limit', coalesce(($3::jsonb ->> 'limit')::integer, 50), 'nextCursor', (
		select min(s.seq) filter (where s.place <= coalesce(($3::jsonb ->> 'limit')::integer, 50))::text from shown s
		having count(*) > coalesce(($3::jsonb ->> 'limit')::integer, 50)))::text
from actor left join ticket t on true,
	lateral (select ticket_verdict(actor.active, actor.bits, $2::integer, actor.id, t.id, t.owner_id)) as v(verdict)

-- name: notification_channels :one
select case when not active then 'disabled' when bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, role,
	'[{"channel": "email", "enabled": true, "detail": null}, {"channel": "in_app", "enabled": true, "detail": null},
		{"channel": "push", "enabled": true, "detail": null},
		{"channel": "sms", "enabled": false, "detail": "channel not configured"}]', null::text
from actor_of($1::uuid)
