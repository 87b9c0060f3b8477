-- monitor.sql - what guichet-monitor sees and writes down.

-- name: monitor_lock :one
-- One looks on at a time; the others are there in case it dies.
select pg_try_advisory_lock(hashtext('guichet.monitor'), $1::integer)

-- name: monitor_look :one
-- Who is connected and what is open only the monitor's own role may see (roles.sql).
select (monitor_look() || jsonb_build_object('database', (select jsonb_build_object('connections', count(*),
	'connectionsMost', current_setting('max_connections')::integer,
	'oldestTransactionSeconds', coalesce(extract(epoch from now() - min(xact_start) filter (where datname = current_database()))::bigint, 0))
	from pg_stat_activity where backend_type = 'client backend')))::text

-- name: monitor_look_seldom :one
select monitor_look_seldom()::text

-- name: monitor_state :exec
insert into monitor_state (at, snapshot) values (now(), $1::jsonb)
on conflict (only_row) do update set at = now(), snapshot = excluded.snapshot

-- name: monitor_series :exec
insert into monitor_series (at, figures) values (now(), $1::jsonb) on conflict do nothing

-- name: monitor_forget :exec
-- What is older than a day of figures, and alerts that ended three months ago.
with old as (delete from monitor_series where at < now() - interval '1 day')
delete from alerts where resolved_at < now() - interval '90 days'

-- name: alerts_open :many
select id, name, subject, (extract(epoch from since) * 1000000)::bigint from alerts where resolved_at is null

-- name: alerts_fire :many
-- Those that are new; one that is open already is told once.
insert into alerts (id, name, subject, severity, since, value, message, todo)
select id, name, subject, severity, since, value, message, todo
from jsonb_to_recordset($1::jsonb) as a(id uuid, name text, subject text, severity text, since timestamptz, value double precision,
	message jsonb, todo jsonb)
on conflict (name, subject) where resolved_at is null do update set seen_at = now(), value = excluded.value, message = excluded.message
returning id

-- name: alerts_resolve :exec
update alerts set resolved_at = now() where id = any($1::uuid[]) and resolved_at is null

-- name: alert_ack :one
select alert_ack($1::uuid, $2::uuid, $3::uuid, $4, $5, $6)

-- name: logs :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then log_page($3::jsonb)::text end, null::text
from actor_of($1::uuid) a

-- name: log_take :one
select log_take($1::uuid, $2::integer, $3, $4::jsonb)

-- name: monitoring_dashboard :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.bits & $2::integer = 0 then null else coalesce(s.snapshot || jsonb_build_object('ageSeconds', extract(epoch from now() - s.at)::bigint, 'series', coalesce((
		select jsonb_agg(p.figures || jsonb_build_object('at', p.at) order by p.at) from monitor_series p
		where p.at > now() - make_interval(mins => least(coalesce(($3::jsonb ->> 'minutes')::integer, 0), 1440))), '[]')),
		jsonb_build_object('ageSeconds', null))::text end, null::text
from actor_of($1::uuid) a left join monitor_state s on true

-- name: diagnostics :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then diagnostics_json()::text end, null::text
from actor_of($1::uuid) a

-- name: diagnostics_slow :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.active and a.bits & $2::integer <> 0 then slow_json()::text end, null::text
from actor_of($1::uuid) a

-- name: monitoring_services :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.bits & $2::integer <> 0 then coalesce(s.snapshot -> 'programs', '[]')::text end, null::text
from actor_of($1::uuid) a left join monitor_state s on true

-- name: monitoring_alerts :one
select case when not a.active then 'disabled' when a.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, a.role,
	case when a.bits & $2::integer <> 0 then coalesce((select jsonb_agg(alert_json(l) order by l.resolved_at is not null, array_position(array['critical', 'warning', 'info'], l.severity), l.since desc)
		from (select * from alerts where resolved_at is null or (coalesce($3::jsonb ->> 'state', 'open') = 'all')
			order by resolved_at is not null, since desc limit 500) l), '[]')::text end, null::text
from actor_of($1::uuid) a
