-- consumer.sql - what every consumer does around its events.

-- name: event_inbox_add :many
-- The ids that this consumer ($1) has not seen before; the day is read from the id (UUIDv7).
insert into event_inbox (day, consumer, event_id)
select greatest(least((to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) at time zone 'utc')::date,
	today() + 3), today() - 30), $1, id
from unnest($2::uuid[]) as id
on conflict do nothing
returning event_id
