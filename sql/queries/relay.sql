-- relay.sql - the cursor over the outbox, and the outbox's upkeep.

-- name: relay_lock :one
-- One relay is active: the lock belongs to the session that moves the cursor.
select pg_try_advisory_lock(hashtext('guichet.relay'), 0)

-- name: relay_cursor :one
-- The last column: is it not of this cluster? A cursor from the future, as a logical restore leaves it, is marked
-- as foreign for good: the others go on writing, and once their transaction ids have passed it nobody could tell.
with marked as (
	update relay_cursor set cluster = 0 where cluster <> 0 and xid >= pg_snapshot_xmax(pg_current_snapshot())
	returning 1
)
select xid::text, id, cluster <> this_cluster() or exists (select from marked) from relay_cursor

-- name: relay_fetch :many
-- In commit order, and only what no open transaction can still slip in front of: a
-- plain id cursor would lose a late commit. (The order is that of the column: xid alone would be the text of
-- the result, in which 100 comes before 99.) As many as make 4 MiB, one at least.
select xid::text, id, exchange, routing_key, type, body, headers ->> 'message_id', headers ->> 'correlation_id',
	headers ->> 'traceparent', headers ->> 'actor', headers ->> 'fp', headers ->> 'accepted_at', headers ->> 'reply_to', headers ->> 'handling', headers ->> 'origin',
	headers ->> 'replays'
from (
	select *, sum(octet_length(body)) over (order by o.xid, o.id) - octet_length(body) as before
	from (
		select * from outbox
		where (xid, id) > ($1::xid8, $2::bigint) and xid < pg_snapshot_xmin(pg_current_snapshot())
		order by outbox.xid, outbox.id
		limit 256
	) o
) o
where before < 4194304
order by o.xid, o.id

-- name: relay_move :one
update relay_cursor set xid = $1::xid8, id = $2::bigint, moved_at = now() returning true

-- name: partitions_make :one
-- Whether all days to come are there, and how many are from today on.
select partitions_make(), partitions_end() - today()

-- name: upkeep_drop :one
-- The oldest day of the table $1, if it has had its time.
select upkeep_drop($1)

-- name: upkeep_words :one
-- A slice of what is to be searched; whether there is more.
select upkeep_words()

-- name: upkeep_sweep :one
-- A slice of what has had its time; whether there is more.
select upkeep_sweep()
