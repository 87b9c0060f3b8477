-- lists_fill.sql - a desk with :tickets tickets, for tests/bench/lists and tests/bench/listing.py.
--
-- 20,000 users and 200 agents at every size; user 1 owns 100 tickets. Seven in ten tickets
-- are closed. The word "rarissime" is in 5 tickets, "imprimante" in three of ten, an internal
-- word in one of five. Search words and counters are what the ticket worker would have written.
\set ON_ERROR_STOP 1
set session_replication_role = replica; -- no look-ups for foreign keys
set synchronous_commit = off;
set maintenance_work_mem = '256MB';
set client_min_messages = warning;
select setseed(0.5);

truncate accounts, identities, account_tokens, email_changes, credentials, sessions, tickets, ticket_comments, ticket_comment_edits, ticket_history, ticket_counters, ticket_search,
	ticket_links, ticket_attachments, files, ticket_spans, timers, ticket_categories, spent_tokens, mails, search_words, schedules;

insert into accounts (id, email, role)
select md5('user' || n)::uuid, 'user' || n || '@example.org', 'user' from generate_series(1, 20000) n
union all
select md5('agent' || n)::uuid, 'agent' || n || '@example.org', 'agent' from generate_series(1, 200) n;

-- Indexes are quicker made than kept.
create temporary table dropped as
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as made_by
from pg_index
where indrelid in ('tickets'::regclass, 'ticket_search'::regclass)
	and not exists (select from pg_constraint where conindid = indexrelid);
select format('drop index %s', name) from dropped \gexec

-- One each half minute until now; ids begin with the time, as those of the desk do.
insert into tickets (id, number, status, priority, category, title, owner_id, assignee_id, version, comment_count, tags,
	created_at, updated_at, resolved_at, closed_at, description, response_due_at, due_at)
select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(hash, 1, 3) || '8' || substr(hash, 4, 15))::uuid,
	'HD-2026-' || lpad(n::text, greatest(7, length(n::text)), '0'), status,
	(array['medium', 'low', 'medium', 'high', 'medium', 'urgent', 'low', 'medium', 'high', 'medium'])[1 + n / 7 % 10],
	(array['matériel', 'réseau', 'logiciel', 'accès', ''])[1 + n / 11 % 5],
	case when random() < 0.3 then 'imprimante ' else 'poste ' end || n || case when n % (:tickets / 5) = 7 then ' rarissime' else '' end,
	md5('user' || case when n % (:tickets / 100) = 3 then 1 else 2 + (random() * 19998)::integer end)::uuid,
	case when status <> 'open' then md5('agent' || 1 + n / 3 % 200)::uuid end, 3, 2,
	case when n % 50 = 0 then array['vip'] else '{}' end, at, at + interval '1 hour',
	case when status in ('resolved', 'closed') then at + interval '3 hours' end,
	case when status = 'closed' then at + interval '5 hours' end,
	'mot' || n % 4999 || ' mot' || n % 3001 || ' mot' || n % 1009 || ' ne marche plus depuis ce matin',
	at + interval '4 hours', at + interval '24 hours'
from (
	select n, md5(n::text) as hash, now() - (:tickets - n) * interval '30 seconds' as at,
		(array['closed', 'closed', 'open', 'closed', 'closed', 'in_progress', 'closed', 'resolved', 'closed', 'closed',
			'waiting_user', 'closed', 'closed', 'open', 'closed', 'in_progress', 'closed', 'closed', 'resolved', 'closed'])[1 + n / 13 % 20] as status
	from generate_series(1, :tickets) n
) made;

insert into ticket_search (ticket_id, created_at, is_folded, public_words, internal_words)
select id, created_at, true, words_of(title || ' ' || description),
	words_of(case when right(number, 1) in ('4', '9') then 'fournisseur rappelé' else '' end)
from tickets
order by created_at;

insert into ticket_categories (id, name)
select distinct md5(category)::uuid, category from tickets where category <> '';

insert into ticket_counters (lane, scope, scope_id, status, priority, n)
select ('x' || right(id::text, 1))::bit(4)::integer, scope, scope_id, status, priority, count(*)
from tickets, lateral (values ('all', '00000000-0000-0000-0000-000000000000'::uuid), ('owner', owner_id),
	('assignee', assignee_id), ('category', case when category <> '' then md5(category)::uuid end)) as counted(scope, scope_id)
where scope_id is not null
group by 1, 2, 3, 4, 5
order by 2, 3; -- cells are made when they are first counted in: those of 'all' are the oldest

-- A cell stays when its last ticket has moved on: those that tickets came through are there, and empty.
insert into ticket_counters (lane, scope, scope_id, status, priority, n)
select distinct ('x' || right(id::text, 1))::bit(4)::integer, 'all', '00000000-0000-0000-0000-000000000000'::uuid, passed, priority, 0
from tickets, unnest(array['open', 'in_progress', 'resolved']) passed
where status = 'closed'
on conflict do nothing;

select made_by from dropped \gexec
vacuum analyze;
