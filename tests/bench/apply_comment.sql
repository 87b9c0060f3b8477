-- apply_comment.sql - for pgbench: what the ticket worker writes for one "ticket.comment" by the ticket's
-- owner, a statement each, in one transaction; :lines tickets in bench_lines (tests/bench/drain.py).
\set line random(1, :lines)
begin;
select t.id as ticket, t.owner_id as actor, t.version + 1 as version, t.comment_count + 1 as seq
from bench_lines l join tickets t on t.id = l.ticket_id
where l.line = :line for update of t \gset
select made[1] as command, made[2] as comment, made[3] as event
from accounts a, lateral (
	select array_agg((lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint), 12, '0') || '7' ||
		right(md5(random()::text || n), 19))::uuid::text) as made
	from generate_series(1, 3) n
) ids
where a.id = :actor::uuid and a.active \gset
insert into inbox (day, command_id, state, type, status, subject_id, version, actor_id, fp)
values (current_date, :command, 'done', 'ticket.comment', 201, :comment, :version, :actor, sha256(:command::text::bytea));
insert into ticket_comments (id, ticket_id, seq, author_id, is_internal, created_at, content, command_id)
values (:comment, :ticket, :seq, :actor, false, now(), 'It is out now, but the smell is still there.', :command);
update tickets set version = :version, comment_count = :seq, updated_at = now() where id = :ticket;
insert into ticket_history (ticket_id, version, field, old_value, new_value, actor_id, created_at, command_id)
values (:ticket, :version, 'comment', null, :comment, :actor, now(), :command);
insert into ticket_search as s (ticket_id, public_words)
values (:ticket, to_tsvector('simple', 'It is out now, but the smell is still there.'))
on conflict (ticket_id) do update set public_words = s.public_words || excluded.public_words
where pg_column_size(s.public_words) < 900000;
insert into outbox (exchange, routing_key, type, headers, body)
values ('guichet.events', 'ticket.commented', 'ticket.commented',
	format('{"message_id":"%s","correlation_id":"%s","actor":"%s","traceparent":"00-%s-0000000000000001-01"}',
		:event::text, :command::text, :actor::text, replace(:command::text, '-', ''))::jsonb,
	format('{"id":"%s","type":"ticket.commented","occurredAt":"%s","actorId":"%s","actorRole":"user","commandId":"%s","requestId":"%s","ticketId":"%s","ticketVersion":%s,"data":{"commentId":"%s","isInternal":"false","oldStatus":"open","newStatus":"open"}}',
		:event::text, now(), :actor::text, :command::text, :command::text, :ticket::text, :version::text, :comment::text));
commit;
