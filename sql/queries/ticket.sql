-- ticket.sql - the ticket worker's load and store. Load takes no row locks: only this
-- worker's role writes tickets, its lane lock keeps others away, and store checks versions.
-- Every store statement is fed by one JSON array, whatever the commands were. {ticket ...} stands for
-- columns of sql/columns/ticket.def.

-- name: ticket_load :many
-- Behind the columns: of a merged ticket the name of the one that lives in the end; for ticket.assign who has it, for
-- ticket.merge which of its watchers are staff. $3: files whose tickets are wanted, too.
select t.id, t.version, {ticket read},
	case when t.merged_into is not null then (select e.number || ' (' || e.id || ')' from tickets e where e.id = ticket_end(t.id)) end,
	case when t.id = any($2::uuid[]) then (select coalesce(nullif(btrim(a.first_name || ' ' || a.last_name), ''), a.email)
		from accounts a where a.id = t.assignee_id) end,
	case when t.id = any($2::uuid[]) then (select array_agg(a.id) from accounts a
		where a.id = any(t.watchers) and a.role not in ('user', 'service') and a.active) end,
	(select o.email from accounts o where o.id = t.owner_id)
from (select unnest($1::uuid[]) union select f.ticket_id from unnest($3::uuid[]) as named(id) join files f using (id)) as wanted(id)
	join tickets t using (id)

-- name: sla_book :many
-- What is promised, the versions of calendars first; nothing while the epoch is still the one that is known ($1). Of a
-- calendar the last versions: what a clock has used until now counts by the one that counted then.
select s.epoch, v.calendar_id, v.version, v.name, null::uuid, v.body::text, false as is_policy, -v.version as place
from sla_state s, calendar_versions v
where s.epoch <> $1::bigint and v.version > (select max(l.version) - 50 from calendar_versions l where l.calendar_id = v.calendar_id)
union all
select s.epoch, p.id, p.version, p.name, p.calendar_id, p.body::text, true, p.position
from sla_state s, sla_policies p
where s.epoch <> $1::bigint and p.deleted_at is null
order by is_policy, place, calendar_id

-- name: comment_load :many
select c.id, c.ticket_id, c.seq, c.author_id, c.is_internal, c.content, c.split_into,
	(select t.number || ' (' || t.id || ')' from tickets t where t.id = c.split_into)
from unnest($1::uuid[]) as wanted(id) join ticket_comments c using (id)

-- name: ticket_numbers :many
-- $1: so many tickets to be; $2: the tickets of comments, each of which becomes a ticket when that was closed too long
-- ago (workers/ticket/workflow.c). A number that is not needed is not drawn.
select nextval('ticket_number_seq') from generate_series(1, $1::integer
	+ (select count(*)::integer from unnest($2::uuid[]) as c(id) join tickets t using (id)
		where t.status = 'closed' and t.closed_at < now() - interval '7 days'))

-- name: ticket_insert :one
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, updated_at timestamptz, {ticket all types})
), written as (
	insert into tickets (id, version, updated_at, {ticket all names})
	select id, version, updated_at, {ticket all names} from rows
	returning 1
)
select expect_rows('tickets inserted', $2::bigint, (select count(*) from written))

-- name: ticket_update :one
-- All small mutable columns of each changed ticket, once, against the version that was loaded.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as t(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {ticket always types})
), written as (
	update tickets t set version = r.version, updated_at = r.updated_at, {ticket always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('tickets updated', $2::bigint, (select count(*) from written))

-- name: ticket_update_apart :exec
-- Apart from ticket_update: a long text is written only when it changes.
update tickets t set {ticket apart set}
from jsonb_to_recordset($1::jsonb) as r(id uuid, {ticket apart types})
where t.id = r.id

-- name: comment_insert :exec
insert into ticket_comments (id, ticket_id, seq, author_id, is_internal, created_at, content, command_id, split_into, file_count, inbound_id)
select id, ticket_id, seq, author_id, is_internal, created_at, content, command_id, split_into, file_count, inbound_id
from jsonb_to_recordset($1::jsonb) as c(id uuid, ticket_id uuid, seq integer, author_id uuid, is_internal boolean,
	created_at timestamptz, content text, command_id uuid, split_into uuid, file_count integer, inbound_id uuid)

-- name: comment_edit_insert :exec
insert into ticket_comment_edits (comment_id, editor_id, edited_at, content)
select comment_id, editor_id, edited_at, content
from rows from (jsonb_to_recordset($1::jsonb) as (comment_id uuid, editor_id uuid, edited_at timestamptz, content text))
	with ordinality as e(comment_id, editor_id, edited_at, content, place)
order by place

-- name: comment_split :exec
update ticket_comments c set split_into = r.split_into
from jsonb_to_recordset($1::jsonb) as r(id uuid, split_into uuid)
where c.id = r.id

-- name: history_insert :exec
insert into ticket_history (ticket_id, version, field, old_value, new_value, actor_id, created_at, command_id)
select ticket_id, version, field, old_value, new_value, actor_id, created_at, command_id
from rows from (jsonb_to_recordset($1::jsonb) as (ticket_id uuid, version integer, field text, old_value text,
	new_value text, actor_id uuid, created_at timestamptz, command_id uuid)) with ordinality
	as h(ticket_id, version, field, old_value, new_value, actor_id, created_at, command_id, place)
order by place

-- name: counter_add :exec
with cells as (
	select * from jsonb_to_recordset($1::jsonb) as c(lane smallint, scope text, scope_id uuid, name text, status text,
		priority text, n bigint)
), named as (
	insert into ticket_categories (id, name)
	select distinct scope_id, name from cells where scope = 'category'
	on conflict do nothing
)
insert into ticket_counters (lane, scope, scope_id, status, priority, n)
select lane, scope, scope_id, status, priority, sum(n)
from cells
group by scope, scope_id, status, priority, lane
having sum(n) <> 0
order by scope, scope_id, status, priority, lane
on conflict (scope, scope_id, status, priority, lane) do update set n = ticket_counters.n + excluded.n

-- name: search_add :exec
-- Below 4 kB as stored nobody needs to look whether both fit into a tsvector: even compressed as far as that goes
-- it is far from its end.
insert into ticket_search as s (ticket_id, created_at, is_folded, public_words, internal_words)
select w.ticket_id, t.created_at, true, w.public_words, w.internal_words
from (
	select ticket_id, words_of(coalesce(string_agg(concat_ws(' ', title, public_text), ' '), '')) as public_words,
		words_of(coalesce(string_agg(internal_text, ' '), '')) as internal_words
	from jsonb_to_recordset($1::jsonb) as w(ticket_id uuid, title text, public_text text, internal_text text)
	group by ticket_id
) w join tickets t on t.id = w.ticket_id
on conflict (ticket_id) do update set
	public_words = case when pg_column_size(s.public_words) < 4000 and pg_column_size(excluded.public_words) < 100000
		then s.public_words || excluded.public_words else words_joined(s.public_words, excluded.public_words) end,
	internal_words = case when pg_column_size(s.internal_words) < 4000 and pg_column_size(excluded.internal_words) < 100000
		then s.internal_words || excluded.internal_words else words_joined(s.internal_words, excluded.internal_words) end

-- name: comment_update :exec
update ticket_comments c set content = r.content, edited_at = r.edited_at
from jsonb_to_recordset($1::jsonb) as r(id uuid, content text, edited_at timestamptz)
where c.id = r.id

-- name: search_rebuild :exec
-- Words of tickets whose text was rewritten, or that were merged: made anew from all that is said now.
insert into ticket_search as s (ticket_id, created_at, is_folded, public_words, internal_words)
select t.id, t.created_at, true, words_of(said.public_text), words_of(said.internal_text)
from unnest($1::uuid[]) as wanted(id) join tickets t using (id), ticket_texts(t.id) as said
on conflict (ticket_id) do update set created_at = excluded.created_at, is_folded = true,
	public_words = excluded.public_words, internal_words = excluded.internal_words

-- name: link_insert :exec
insert into ticket_links (ticket_id, other_id, kind, created_at, actor_id)
select ticket_id, other_id, kind, created_at, actor_id
from jsonb_to_recordset($1::jsonb) as l(ticket_id uuid, other_id uuid, kind text, created_at timestamptz, actor_id uuid)
on conflict do nothing

-- name: link_delete :exec
-- From whichever end it was made: the rows of the pair.
delete from ticket_links l using jsonb_to_recordset($1::jsonb) as c(ticket_id uuid, other_id uuid)
where (l.ticket_id = c.ticket_id and l.other_id = c.other_id) or (l.ticket_id = c.other_id and l.other_id = c.ticket_id)

-- name: timers_store :exec
-- What has no due time any more is taken away.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as r(kind text, subject uuid, due_at timestamptz, version bigint, rank smallint)
), gone as (
	delete from timers t using rows r where r.due_at is null and t.kind = r.kind and t.subject = r.subject
)
insert into timers as t (kind, subject, due_at, version, rank)
select kind, subject, due_at, version, rank from rows where due_at is not null
order by kind, subject
on conflict (kind, subject) do update set due_at = excluded.due_at, version = excluded.version, rank = excluded.rank

-- name: span_insert :exec
insert into ticket_spans (ticket_id, target, kind, why, from_at, to_at, worked_us, policy_id, policy_version, calendar_id,
	calendar_version)
select ticket_id, target, kind, why, from_at, to_at, worked_us, policy_id, policy_version, calendar_id, calendar_version
from jsonb_to_recordset($1::jsonb) as s(ticket_id uuid, target text, kind text, why text, from_at timestamptz,
	to_at timestamptz, worked_us bigint, policy_id uuid, policy_version integer, calendar_id uuid, calendar_version integer)
order by ticket_id, to_at, from_at

-- name: escalation_helpers :many
-- Whom an escalation may give a ticket to: the accounts that policies name, and of each role who has the fewest open
-- tickets.
with named as (
	select distinct (e ->> 'assignTo') as whom from sla_policies p, jsonb_array_elements(coalesce(p.body -> 'escalations', '[]')) e
	where p.deleted_at is null and e ->> 'assignTo' is not null
)
select a.id, a.email, a.role, a.active, coalesce(nullif(btrim(a.first_name || ' ' || a.last_name), ''), a.email), false
from named join accounts a on a.id::text = named.whom
union all
(select distinct on (a.role) a.id, a.email, a.role, a.active, coalesce(nullif(btrim(a.first_name || ' ' || a.last_name), ''), a.email), true
from named join accounts a on 'role:' || a.role = named.whom, lateral (
	select coalesce(sum(c.n), 0) as open from ticket_counters c
	where c.scope = 'assignee' and c.scope_id = a.id and c.status not in ('resolved', 'closed')) has
where a.active order by a.role, has.open, a.id)
