-- stream.sql - what live streams follow (ingress/stream/feed.h): rows behind a place, in commit order, and as the last one how far
-- the log is whole: (day, xid, id, type, key, for staff, data).

-- name: stream_begin :one
select verdict, everything, place, at_end from stream_begin($1::uuid, $2::integer, $3::text)

-- name: stream_events :many
-- Behind $1 (xid) and $2 (id), at most $3, not before the day $4 (YYYYMMDD).
with log as (
	select e.*, json_of(e.body) ->> 'ticketId' as ticket_id
	from events_behind($1::xid8, $2::bigint, pg_snapshot_xmin(pg_current_snapshot()), to_date($4::text, 'YYYYMMDD'), $3::bigint, true) e
)
select day, xid, id, type, key, for_staff, data
from (
	select to_char(l.day, 'YYYYMMDD') as day, l.xid::text as xid, l.id, l.type, l.ticket_id as key,
		event_is_for_staff(l.type, l.body) as for_staff, event_shown(l.event_id, l.type, l.body)::text as data, l.xid as by_xid, 0 as last
	from log l
	union all
	select to_char(now() at time zone 'UTC', 'YYYYMMDD'), pg_snapshot_xmin(pg_current_snapshot())::text, 0, null, null, false, null, null, 1
) rows
order by last, by_xid, id

-- name: stream_notifications :many
-- Behind $1 (xid) and $2 (seq), at most $3; $4: of one person alone, or null.
with log as (
	select n from notifications n
	where n.channel = 'in_app' and n.state = 'told' and n.deleted_at is null and (n.xid, n.seq) > ($1::xid8, $2::bigint)
		and n.xid < pg_snapshot_xmin(pg_current_snapshot())
		and ($4::uuid is null or n.recipient_id = $4::uuid)
	order by n.xid, n.seq
	limit $3::bigint
)
select day, xid, id, type, key, for_staff, data
from (
	select to_char((n).created_at at time zone 'UTC', 'YYYYMMDD') as day, (n).xid::text as xid, (n).seq as id, 'notification' as type,
		(n).recipient_id as key, false as for_staff, notification_json(n)::text as data, (n).xid as by_xid, 0 as last
	from log
	union all
	select to_char(now() at time zone 'UTC', 'YYYYMMDD'), pg_snapshot_xmin(pg_current_snapshot())::text, 0, null, null, false, null, null, 1
) rows
order by last, by_xid, id
