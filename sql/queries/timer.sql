-- timer.sql - what is due, and what becomes of it. Only the database's clock counts.

-- name: timer_look :one
-- In how many microseconds the earliest is due (less than 0: so long ago; a day at most), and how many wait, as the
-- server's statistics have it. A probe of the index for each rank.
select (extract(epoch from min(least(t.due_at, now() + interval '1 day')) - now()) * 1000000)::bigint,
	pg_stat_get_live_tuples('timers'::regclass)
from generate_series(0, 4) as r(rank)
cross join lateral (select due_at from timers where timers.rank = r.rank order by due_at limit 1) t

-- name: timer_take :many
-- $1 of what is due, the highest rank first; what another worker has in hand is left to it. One look for each rank, in
-- the index's order; the later ones run only when the earlier ones found too few. A recomputation stays until it is done.
with due as materialized (
	select t.kind, t.subject
	from generate_series(4, 0, -1) as r(rank)
	cross join lateral (
		select kind, subject from timers
		where timers.rank = r.rank and due_at <= now() and kind <> 'recompute'
		order by due_at
		limit $1::integer
		for update skip locked
	) t
	limit $1::integer
), taken as (
	delete from timers t using due where t.kind = due.kind and t.subject = due.subject
	returning t.kind, t.subject, t.due_at, t.version, t.rank
)
select kind, subject, (extract(epoch from due_at) * 1000000)::bigint, version, (extract(epoch from now()) * 1000000)::bigint
from taken
order by rank desc, due_at, subject

-- name: timer_applied :many
-- Which of these commands have been applied.
select i.command_id from unnest($1::uuid[]) as wanted(id) join inbox_keyed i on i.command_id = wanted.id

-- name: timer_schedules :many
-- $1: those that are due.
select s.id, s.owner_id, s.rule, s.timezone, (extract(epoch from s.starts_at) * 1000000)::bigint, s.title, s.description,
	s.priority, nullif(s.category, ''), s.version
from unnest($1::uuid[]) as wanted(id) join schedules s using (id)
where s.active and s.deleted_at is null

-- name: timer_next :exec
-- $1: timers of what comes again. What the desk worker has written meanwhile counts.
insert into timers (kind, subject, due_at, version)
select kind, subject, due_at, version
from jsonb_to_recordset($1::jsonb) as t(kind text, subject uuid, due_at timestamptz, version bigint)
on conflict do nothing

-- name: recompute_take :many
-- The recomputation that goes on now: which subject, of what kind, its version, and up to which ticket it has come.
select subject, coalesce(payload ->> 'of', 'policy'), version, (payload ->> 'after')::uuid,
	(extract(epoch from now()) * 1000000)::bigint
from timers
where kind = 'recompute' and due_at <= now()
order by kind, subject
limit 1
for update skip locked

-- name: recompute_walk :many
-- The next $4 tickets that are not closed, and of each whether it is concerned: with a policy all are, because which one is
-- the first that fits may have changed; with a calendar those whose policy goes by it. $1 the kind, $2 the subject, $3 the
-- last one of the slice before.
select t.id, $1 = 'policy' or exists (select from sla_policies p where p.id = t.policy_id and p.calendar_id = $2::uuid)
from tickets t
where t.status <> 'closed' and t.merged_into is null and t.deleted_at is null
	and t.id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
order by t.id
limit $4::integer

-- name: recompute_go_on :exec
-- $1 the subject, $2 the last ticket of the slice; none: that was all.
with over as (
	delete from timers where kind = 'recompute' and subject = $1::uuid and $2::uuid is null
)
update timers set payload = coalesce(payload, '{}') || jsonb_build_object('after', $2::uuid)
where kind = 'recompute' and subject = $1::uuid and $2::uuid is not null
