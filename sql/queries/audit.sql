-- audit.sql - the chained trail: appended by the audit worker, verified by guichetctl, read by administrators.

-- name: audit_lock :exec
-- Appending is one at a time, whatever the broker believes.
select pg_advisory_xact_lock(hashtext('guichet.audit'), coalesce($1::integer, 0))

-- name: audit_head :one
select seq, encode(row_hash, 'hex') from audit_log order by seq desc limit 1

-- name: audit_append :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as r(seq bigint, occurred_at timestamptz, action text, actor_id uuid,
		resource_type text, resource_id uuid, event_id uuid, command_id uuid, payload text, origin text,
		request_id text, trace_id uuid, payload_sha256 text, prev_hash text, row_hash text)
), written as (
	insert into audit_log (seq, occurred_at, action, actor_id, resource_type, resource_id, event_id, command_id,
		payload, origin, request_id, trace_id, payload_sha256, prev_hash, row_hash)
	select seq, coalesce(occurred_at, now()), action, actor_id, resource_type, resource_id, event_id, command_id,
		payload, origin, left(request_id, 64), trace_id, decode(payload_sha256, 'hex'), decode(prev_hash, 'hex'), decode(row_hash, 'hex')
	from rows
	returning 1
)
select expect_rows('audit', $2::bigint, (select count(*) from written))

-- name: audit_page :many
-- For verification: the next 2,000 rows behind seq $1, to $2 at most. By bounds alone, so that no plan reads more.
select seq, action, actor_id, resource_id, event_id, command_id, payload, encode(payload_sha256, 'hex'),
	encode(prev_hash, 'hex'), encode(row_hash, 'hex'), origin
from audit_log where seq > $1::bigint and seq <= least($1::bigint + 2000, $2::bigint) order by seq
