-- judge_test.sql - does the judge see what is wrong? One wrong thing of each kind, rolled back.

begin;
set local fault.run = 'selftest';
set local client_min_messages = warning;

insert into accounts (id, email) values ('00000000-0000-8000-8000-00000000000a', 'judge@example.org');
insert into tickets (id, number, status, priority, category, title, owner_id, version, created_at, updated_at, response_due_at, due_at,
	description)
values ('00000000-0000-8000-8000-000000000001', 'judge-1', 'open', 'low', '', 'k-selftest-1',
	'00000000-0000-8000-8000-00000000000a', 1, now(), now(), now(), now(), '');
insert into ticket_comments (id, ticket_id, seq, created_at, content, command_id)
select ('00000000-0000-8000-8001-00000000000' || seq)::uuid, '00000000-0000-8000-8000-000000000001', seq, now(), content,
	('00000000-0000-8000-8002-00000000000' || seq)::uuid
from (values
	(1, 'k-selftest-3'), (2, 'k-selftest-3'), -- twice
	(3, 'k-selftest-4'),                      -- though it was not accepted
	(4, 'k-selftest-6'), (5, 'k-selftest-5')  -- in the wrong order
) as c(seq, content);
insert into ticket_history (ticket_id, version, field, new_value, created_at, command_id)
select '00000000-0000-8000-8000-000000000001', version, field, value, now(), ('00000000-0000-8000-8002-00000000000' || command)::uuid
from (values
	(1, 'title', 'k-selftest-1', 0), (2, 'comment', '00000000-0000-8000-8001-000000000001', 1),
	(3, 'comment', '00000000-0000-8000-8001-000000000002', 2), (4, 'comment', '00000000-0000-8000-8001-000000000003', 3),
	(5, 'comment', '00000000-0000-8000-8001-000000000004', 4), (6, 'comment', '00000000-0000-8000-8001-000000000005', 5),
	(7, 'title', 'k-selftest-11', 6),                               -- before a triage that was accepted earlier
	(8, 'tags', 'k-selftest-10', 7), (8, 'status', 'in_progress', 7) -- and nobody is told
) as h(version, field, value, command);
insert into mails (id, template, language, recipient, ticket_id, event_id, fields)
select gen_random_uuid(), template, 'en', 'judge@example.org', '00000000-0000-8000-8000-000000000001',
	'00000000-0000-8000-8004-000000000001', '{}'
from (values ('ticket_updated'), ('ticket_commented')) as m(template); -- of one event
insert into outbox (exchange, routing_key, type, headers, body) values ('guichet.events', 'x', 'x', '{}', '');
insert into dead_letters (id, queue, type, reason, died_at, exchange, routing_key, headers, body)
values ('00000000-0000-8000-8003-000000000001', 'x', 'x', 'x', now(), 'x', 'x', '{}', '{"content":"k-selftest-7"}');

insert into fault.ledger
select 'selftest', seq, 1, kind, false, ticket, ticket_seq, 'k-selftest-' || seq, outcome, status, '', '', resource,
	(extract(epoch from now()) * 1e6)::bigint, 0
from (values
	(1, 'create', '', 0, 'A', 201, '00000000-0000-8000-8000-00000000ffff'), -- answered with another id
	(2, 'comment', 't', 1, 'A', 201, 'x'),                                  -- lost
	(3, 'comment', 't', 2, 'A', 201, '00000000-0000-8000-8001-000000000001'),
	(4, 'comment', 't', 3, 'N', 503, ''),
	(5, 'comment', 't', 4, 'A', 201, '00000000-0000-8000-8001-000000000005'),
	(6, 'comment', 't', 5, 'A', 201, '00000000-0000-8000-8001-000000000004'),
	(7, 'comment', 't', 6, 'A', 202, 'x'),                                  -- dead, not lost
	(8, 'comment', 't', 7, 'R', 400, ''),
	(9, 'comment', 't', 8, 'U', 0, ''),
	(10, 'triage', 't', 9, 'A', 200, '00000000-0000-8000-8000-000000000001'),
	(11, 'update', 't', 10, 'A', 200, '00000000-0000-8000-8000-000000000001')
) as l(seq, kind, ticket, ticket_seq, outcome, status, resource);

select v.name || ' is ' || v.value || ', not ' || wanted.value
from fault.verdict, lateral jsonb_each_text(to_jsonb(verdict)) as v(name, value)
join (values ('attempt', 11), ('acknowledged', 8), ('ok', 6), ('lost', 1), ('duplicated', 1), ('phantom', 1), ('inverted', 2),
	('unknown', 1), ('recovered', 0), ('dead', 1), ('refused', 1), ('not_accepted', 1), ('misnamed', 2),
	('unrecorded', 8), ('unaudited', 8), ('untold', 2), ('retold', 1), ('torn', 1)) as wanted(name, value) using (name)
where v.value <> wanted.value::text;

select 'miscounted or unrelayed is 0' from fault.verdict where miscounted = 0 or unrelayed = 0;
rollback;
