-- feed.sql - the change feed; see reads.sql for what a read takes and returns.

-- name: event_feed :one
select verdict, null::bigint, role, data, pagination
from event_feed($1::uuid, $2::integer, $3::jsonb ->> 'after', ($3::jsonb ->> 'limit')::bigint)
