-- apply_create.sql - for pgbench: what the ticket worker writes for one "ticket.create", a statement each, in
-- one transaction. Ids begin with the time, as Guichet's do; :lines accounts in bench_lines (tests/bench/drain.py).
\set line random(1, :lines)
begin;
select a.id as actor, a.role, nextval('ticket_number_seq') as number, made[1] as command, made[2] as ticket, made[3] as event,
	('x' || right(made[2], 1))::bit(4)::integer as lane
from bench_lines l join accounts a on a.id = l.account_id, lateral (
	select array_agg((lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7' ||
		right(md5(random()::text || n), 19))::uuid::text) as made
	from generate_series(1, 3) n
) ids
where l.line = :line and a.active \gset
insert into inbox (day, command_id, state, type, status, subject_id, version, actor_id, fp)
values (current_date, :command, 'done', 'ticket.create', 201, :ticket, 1, :actor, sha256(:command::text::bytea));
insert into tickets (id, number, status, priority, category, title, owner_id, version, comment_count, created_at, updated_at,
	response_due_at, due_at, description)
values (:ticket, format('HD-2026-%s', lpad(:number::text, 6, '0')), 'open', 'high', 'printer',
	'The printer on the third floor is on fire', :actor, 1, 0, now(), now(), now() + interval '2 hours',
	now() + interval '4 hours', 'Printed pages come out blank, and then they come out black.');
insert into ticket_history (ticket_id, version, field, old_value, new_value, actor_id, created_at, command_id)
select :ticket::uuid, 1, field, null, new_value, :actor::uuid, now(), :command::uuid
from (values ('status', 'open'), ('priority', 'high'), ('category', 'printer'),
	('title', 'The printer on the third floor is on fire'),
	('due_at', to_char(now() + interval '4 hours', 'YYYY-MM-DD"T"HH24":"MI":"SS.MS"Z"'))) as changed(field, new_value);
insert into ticket_search (ticket_id, public_words)
values (:ticket, to_tsvector('simple', 'The printer on the third floor is on fire Printed pages come out blank, and then they come out black.'));
insert into outbox (exchange, routing_key, type, headers, body)
values ('guichet.events', 'ticket.created', 'ticket.created',
	format('{"message_id":"%s","correlation_id":"%s","actor":"%s","traceparent":"00-%s-0000000000000001-01"}',
		:event::text, :command::text, :actor::text, replace(:command::text, '-', ''))::jsonb,
	format('{"id":"%s","type":"ticket.created","occurredAt":"%s","actorId":"%s","actorRole":"user","commandId":"%s","requestId":"%s","ticketId":"%s","ticketVersion":1,"data":{"number":"HD-2026-%s","title":"The printer on the third floor is on fire","priority":"high","category":"printer","ownerId":"%s"}}',
		:event::text, now(), :actor::text, :command::text, :command::text, :ticket::text, lpad(:number::text, 6, '0'), :actor::text));
insert into ticket_categories (id, name) values (md5('printer')::uuid, 'printer') on conflict do nothing;
insert into ticket_counters (lane, scope, scope_id, status, priority, n)
values (:lane, 'all', '00000000-0000-0000-0000-000000000000', 'open', 'high', 1), (:lane, 'category', md5('printer')::uuid, 'open', 'high', 1),
	(:lane, 'owner', :actor, 'open', 'high', 1)
on conflict (scope, scope_id, status, priority, lane) do update set n = ticket_counters.n + excluded.n;
commit;
