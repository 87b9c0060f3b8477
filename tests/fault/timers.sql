-- timers.sql - 10,000 tickets that sleep until a moment each, and afterwards: who woke, how often, how late.
set client_min_messages = warning;
create schema if not exists fault;
create table if not exists fault.sleepers (ticket_id uuid primary key, due_at timestamptz not null);

create or replace function fault.fill_sleepers(count integer, rate integer) returns void language sql as $$
	truncate fault.sleepers;
	insert into accounts (id, email) values (md5('sleeper')::uuid, 'sleeper@example.org') on conflict do nothing;
	-- Version 7 ids, as the lanes want them: the digits of a hash around them.
	insert into fault.sleepers (ticket_id, due_at)
	select overlay(overlay(md5('sleeper' || random() || n) placing '7' from 13 for 1) placing '8' from 17 for 1)::uuid, now() + interval '3 s' + n * interval '1 s' / rate
	from generate_series(1, count) n;
	insert into tickets (id, number, status, priority, category, title, owner_id, version, created_at, updated_at, description,
		snoozed_until)
	select ticket_id, 'SLEEP-' || ticket_id, 'open', 'low', '', 'Sleeps', md5('sleeper')::uuid, 1, now(), now(), 'Sleeps.', due_at
	from fault.sleepers;
	insert into ticket_counters (lane, scope, scope_id, status, priority, n)
	select 0, scope, id, 'open', 'low', count from (values ('all', '00000000-0000-0000-0000-000000000000'::uuid),
		('owner', md5('sleeper')::uuid)) as s(scope, id)
	on conflict (scope, scope_id, status, priority, lane) do update set n = ticket_counters.n + excluded.n;
	insert into timers (kind, subject, due_at, version, rank)
	select 'wake', ticket_id, due_at, 1, 1 + (random() * 3)::integer from fault.sleepers;
$$;

-- What became of each: how often it was told to have woken, and how many lines of the trail say so.
create or replace view fault.woken as
select s.ticket_id, s.due_at, t.version, t.snoozed_until is not null as sleeps, coalesce(e.told, 0) as told,
	coalesce(a.lines, 0) as lines, c.commands, c.late
from fault.sleepers s join tickets t on t.id = s.ticket_id
left join (
	select (body::jsonb ->> 'ticketId')::uuid as id, count(*) as told from outbox where type = 'ticket.woken' group by 1
) e on e.id = s.ticket_id
left join (
	select resource_id as id, count(*) as lines from audit_log where payload like '%"ticket.woken"%' group by 1
) a on a.id = s.ticket_id
left join (
	select (body::jsonb ->> 'ticketId')::uuid as id, count(*) as commands,
		to_timestamp(min((headers ->> 'accepted_at')::bigint) / 1e6) - min((body::jsonb ->> 'dueAt')::timestamptz) as late
	from outbox where type = 'ticket.tick' group by 1
) c on c.id = s.ticket_id;
