-- lists.sql - lists, search and figures of tickets; see reads.sql for what a read takes and returns.

-- name: ticket_list :one
select verdict, version, role, data, pagination, alike from ticket_list($1::uuid, $2::integer, $3::jsonb)

-- name: ticket_search :one
select verdict, version, role, data, pagination, alike
from ticket_list($1::uuid, $2::integer, $3::jsonb - 'q' || jsonb_build_object('search', $3::jsonb -> 'q'))

-- name: ticket_admin_list :one
select verdict, version, role, data, pagination, alike from ticket_list($1::uuid, $2::integer, $3::jsonb)

-- name: ticket_list_of_user :one
select verdict, version, role, data, pagination, alike from ticket_list($1::uuid, $2::integer, $3::jsonb)

-- name: ticket_list_of_assignee :one
select verdict, version, role, data, pagination, alike from ticket_list($1::uuid, $2::integer, $3::jsonb)

-- name: ticket_overdue :one
select verdict, version, role, data, pagination, alike
from ticket_list($1::uuid, $2::integer, $3::jsonb || '{"overdue": true, "sort": "dueDate"}')

-- name: ticket_stats :one
-- From the counters: the caller's own for a user, everybody's for staff. The count is a string, as
-- old clients expect it.
with actor as (select * from actor_of($1::uuid)),
cells as (
	select c.status, c.priority, sum(c.n) as n from ticket_counters c, actor
	where c.scope = case when actor.is_staff then 'all' else 'owner' end
		and c.scope_id = case when actor.is_staff then '00000000-0000-0000-0000-000000000000' else actor.id end
	group by c.status, c.priority having sum(c.n) <> 0
)
select case when not active then 'disabled' else 'ok' end, null::bigint, role,
	(select coalesce(jsonb_agg(jsonb_build_object('status', status, 'priority', priority, 'count', n::text)
		order by status, priority), '[]') from cells)::text, null::text
from actor
where $2::integer <> 0

-- name: ticket_admin_stats :one
with actor as (select * from actor_of($1::uuid)),
cells as (
	select status, priority, sum(n) as n from ticket_counters
	where scope = 'all' and scope_id = '00000000-0000-0000-0000-000000000000' group by status, priority
),
categories as (
	select g.name, sum(c.n) as n from ticket_categories g join ticket_counters c on c.scope = 'category' and c.scope_id = g.id
	group by g.name having sum(c.n) <> 0 order by sum(c.n) desc limit 50
),
resolved as (
	select resolved_at - created_at as took, coalesce(resolved_at <= due_at, true) as in_time,
		coalesce(first_response_at <= response_due_at, true) as answered, priority, assignee_id, resolved_at from tickets
	where resolved_at is not null and deleted_at is null and merged_into is null order by resolved_at desc limit 1000
),
shares as (
	select b.by, b.value, count(*) as n, count(*) filter (where in_time) as solved, count(*) filter (where answered) as answered
	from resolved r, lateral (values ('priority', r.priority), ('assignee', r.assignee_id::text),
		('week', to_char(date_trunc('week', r.resolved_at at time zone 'utc'), 'YYYY-MM-DD'))) b(by, value)
	where b.value is not null group by 1, 2
),
late as (
	select count(*) as n from (select from tickets where due_at < now() and status not in ('resolved', 'closed')
		and deleted_at is null limit 1000) l
)
select case when not active then 'disabled' when actor.bits & $2::integer = 0 then 'forbidden' else 'ok' end, null::bigint, role,
	case when actor.bits & $2::integer <> 0 then jsonb_build_object(
		'total', (select coalesce(sum(n), 0) from cells),
		'byStatus', (select coalesce(jsonb_object_agg(status, n), '{}') from (select status, sum(n) as n from cells group by status) s),
		'byPriority', (select coalesce(jsonb_object_agg(priority, n), '{}') from (select priority, sum(n) as n from cells group by priority) p),
		'byCategory', (select coalesce(jsonb_object_agg(name, n), '{}') from categories),
		'sla', jsonb_build_object('overdue', (select n from late), 'overdueIsExact', (select n < 1000 from late),
			'resolvedInTime', (select count(*) filter (where in_time) from resolved), 'resolvedCounted', (select count(*) from resolved),
			'met', (select coalesce(jsonb_agg(jsonb_build_object('by', by, 'value', value, 'counted', n, 'resolvedInTime', solved,
				'answeredInTime', answered) order by by, value), '[]') from shares)),
		'resolution', jsonb_build_object('averageSeconds', (select round(extract(epoch from avg(took))) from resolved),
			'medianSeconds', (select round(extract(epoch from percentile_cont(0.5) within group (order by took))) from resolved)))::text end,
	null::text
from actor
