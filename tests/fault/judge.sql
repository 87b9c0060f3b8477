-- judge.sql - what the client was told against what the database holds.
--
-- fault.ledger is the client's side: every answer of every run. The views compare the run
-- that the setting fault.run names with the tables; README.md says what each word means.

set client_min_messages = warning;
create schema if not exists fault;

create table if not exists fault.ledger (
	run text not null,
	seq bigint not null,
	try integer not null,
	kind text not null,
	keyed boolean not null,
	ticket_id text not null,
	ticket_seq bigint not null,
	marker text not null,
	outcome text not null,
	status integer not null,
	code text not null,
	command_id text not null,
	resource_id text not null,
	t_us bigint not null,
	took_us bigint not null
);
create index if not exists ledger_of_run on fault.ledger (run, seq);

-- What the mail catcher has; mail_id is the left side of the Message-ID.
create table if not exists fault.caught (mail_id text not null, copies integer not null);

-- One row for each command: the best that any of its tries was told.
create or replace view fault.sent as
select run, seq, min(kind) as kind, bool_or(keyed) as keyed, min(marker) as marker, max(ticket_seq) as ticket_seq,
	case when bool_or(outcome = 'A') then 'A' when bool_or(outcome = 'U') then 'U'
		when bool_or(outcome = 'R') then 'R' else 'N' end as outcome,
	max(ticket_id) filter (where outcome = 'A' or kind <> 'create') as ticket_id,
	max(resource_id) filter (where outcome = 'A') as resource_id,
	count(*) as tries
from fault.ledger where run = current_setting('fault.run') group by run, seq;

-- What a command left behind, and at which version (place) of its ticket. The history has the
-- title of a creation and of an update, and the tags of a triage.
create or replace view fault.effect as
select split_part(h.new_value, ' ', 1) as marker,
	case when h.field = 'tags' then 'triage' when h.version = 1 then 'create' else 'update' end as kind,
	h.ticket_id as id, h.ticket_id, h.version as place, h.command_id
from ticket_history h where h.field in ('title', 'tags') and h.new_value like 'k-' || current_setting('fault.run') || '-%'
union all
select split_part(c.content, ' ', 1), 'comment', c.id, c.ticket_id, h.version, c.command_id
from ticket_comments c
left join ticket_history h on h.ticket_id = c.ticket_id and h.field = 'comment' and h.new_value = c.id::text
where c.content like 'k-' || current_setting('fault.run') || '-%';

create or replace view fault.dead as
select d.id, substring(d.body from 'k-' || current_setting('fault.run') || '-[0-9]+') as marker, d.queue, d.type, d.reason
from dead_letters d
where d.died_at >= (select to_timestamp(min(t_us - took_us) / 1e6) from fault.ledger where run = current_setting('fault.run'));

create or replace view fault.lost as
select s.* from fault.sent s
where s.outcome = 'A' and not exists (select from fault.effect e where e.marker = s.marker)
	and not exists (select from fault.dead d where d.marker = s.marker);

create or replace view fault.doubled as
select marker, count(*) as effects from fault.effect group by marker having count(*) > 1;

create or replace view fault.phantom as
select s.* from fault.sent s join fault.effect e using (marker) where s.outcome in ('N', 'R');

-- An accepted command stands before one that was accepted earlier, of whatever kind.
create or replace view fault.inverted as
select * from (
	select e.ticket_id, s.kind, s.seq, s.ticket_seq, e.place,
		lag(s.ticket_seq) over (partition by e.ticket_id order by e.place) as before
	from fault.effect e join fault.sent s using (marker)
	where s.outcome = 'A'
) c where c.before > c.ticket_seq;

-- The id that was answered is not the id that was made.
create or replace view fault.misnamed as
select s.* from fault.sent s join fault.effect e using (marker)
where s.outcome = 'A' and s.resource_id is distinct from e.id::text;

-- An effect whose command has not exactly one "done" in the inbox.
create or replace view fault.unrecorded as
select e.* from fault.effect e
left join (
	select command_id, state from inbox
	union all select command_id, state from inbox_keyed
) i on i.command_id = e.command_id and i.state = 'done'
where i.command_id is null;

-- Did a triage change what the owner may see?
create or replace view fault.triage as
select e.marker, e.ticket_id, e.command_id, bool_or(h.field in ('status', 'assignee_id')) as visible
from fault.effect e join ticket_history h on h.ticket_id = e.ticket_id and h.version = e.place
where e.kind = 'triage' group by e.marker, e.ticket_id, e.command_id;

-- Effects whose command has other lines in the audit trail than it must.
create or replace view fault.unaudited as
with done as (
	select e.marker, e.command_id, e.kind, bool_or(h.field = 'assignee_id' and h.new_value is not null) as assigned
	from fault.effect e left join ticket_history h on e.kind = 'triage' and h.ticket_id = e.ticket_id and h.version = e.place
	group by e.marker, e.command_id, e.kind
), wanted as (
	select marker, command_id, case when kind = 'create' then array['TICKET_CREATED'] when kind = 'comment' then array['TICKET_COMMENTED']
		when assigned then array['TICKET_ASSIGNED', 'TICKET_UPDATED'] else array['TICKET_UPDATED'] end as wanted
	from done
)
select w.marker, w.command_id, w.wanted, array_agg(a.action order by a.action) filter (where a.seq is not null) as lines,
	count(a.seq) < cardinality(w.wanted) as too_few
from wanted w left join audit_log a on a.command_id = w.command_id
group by w.marker, w.command_id, w.wanted
having array_agg(a.action order by a.action) filter (where a.seq is not null) is distinct from w.wanted;

-- Owners with another number of mails than one, of a ticket they created, or of a change that
-- staff made and they may see. What they did themselves they are not told.
create or replace view fault.untold as
select e.marker, e.ticket_id, e.kind, count(m.id) as mails
from fault.effect e left join mails m on m.ticket_id = e.ticket_id and m.template = 'ticket_created'
where e.kind = 'create'
group by e.marker, e.ticket_id, e.kind having count(m.id) <> 1
union all
select t.marker, t.ticket_id, 'triage', count(m.id)
from fault.triage t
left join audit_log a on a.command_id = t.command_id and a.action = 'TICKET_UPDATED'
left join mails m on m.event_id = a.event_id and m.template = 'ticket_updated'
where t.visible
group by t.marker, t.ticket_id having count(m.id) <> 1
union all
-- What was told by mail has its mail, and was told in the app, too.
select null, n.ticket_id, 'notification', 0
from notifications n join (select distinct ticket_id from fault.effect) mine using (ticket_id)
left join mails m on m.id = n.mail_id
left join notifications i on i.event_id = n.event_id and i.recipient_id = n.recipient_id and i.channel = 'in_app'
where n.channel = 'email' and n.state = 'told' and (m.id is null or i.id is null);

-- Nobody is told twice of one event by one channel, whatever the template.
create or replace view fault.retold as
select m.event_id, m.recipient, count(*) as mails
from mails m join (select distinct ticket_id from fault.effect) mine using (ticket_id)
group by m.event_id, m.recipient having count(*) > 1
union all
select n.event_id, n.recipient_id || ' ' || n.channel, count(*)
from notifications n join (select distinct ticket_id from fault.effect) mine using (ticket_id)
group by n.event_id, n.recipient_id, n.channel having count(*) > 1;

-- Every applied command is one version and belongs to one command, comments are numbered
-- without a gap, and a ticket is what its history says.
create or replace view fault.torn as
select t.id, t.version, t.comment_count, mine.effects, c.comments, c.last, h.versions, h.commands, a.audited, a.latest
from tickets t
join (select ticket_id, count(*) as effects from fault.effect group by ticket_id) mine on mine.ticket_id = t.id
left join lateral (
	select count(*) as comments, coalesce(max(seq), 0) as last from ticket_comments where ticket_id = t.id
) c on true
left join lateral (
	select count(distinct version) as versions, count(distinct command_id) as commands,
		(array_agg(new_value order by version desc) filter (where field = 'title'))[1] as title,
		(array_agg(new_value order by version desc) filter (where field = 'tags'))[1] as tags,
		(array_agg(new_value order by version desc) filter (where field = 'status'))[1] as status,
		(array_agg(new_value order by version desc) filter (where field = 'assignee_id'))[1] as assignee
	from ticket_history where ticket_id = t.id
) h on true
left join lateral (
	select count(distinct payload::jsonb ->> 'ticketVersion') as audited,
		max((payload::jsonb ->> 'ticketVersion')::integer) as latest
	from audit_log where resource_id = t.id and action like 'TICKET\_%'
) a on true
where t.comment_count <> c.comments or c.last <> c.comments or t.version <> mine.effects
	or h.versions <> t.version or h.commands <> t.version or a.audited <> t.version or a.latest <> t.version
	or (h.title, coalesce(h.tags, ''), h.status, h.assignee)
		is distinct from (t.title, array_to_string(t.tags, ', '), t.status, t.assignee_id::text);

create or replace view fault.miscounted as
with counted as (
	select scope, scope_id, status, priority, sum(n) as n from ticket_counters group by 1, 2, 3, 4 having sum(n) <> 0
), recounted as (
	select scope, scope_id, status, priority, count(*) as n
	from tickets left join ticket_categories c on c.name = category,
		lateral (values ('all', '00000000-0000-0000-0000-000000000000'::uuid), ('owner', owner_id),
		('assignee', assignee_id), ('category', c.id)) as v(scope, scope_id)
	where scope_id is not null and deleted_at is null group by 1, 2, 3, 4
)
select scope, scope_id, status, priority, c.n as counted, r.n as recounted
from counted c full join recounted r using (scope, scope_id, status, priority) where c.n is distinct from r.n;

create or replace view fault.unchained as
select seq from (
	select seq, prev_hash, lag(row_hash) over w as before, lag(seq) over w as seq_before from audit_log window w as (order by seq)
) a where seq_before is not null and (prev_hash <> before or seq <> seq_before + 1);

create or replace view fault.unrelayed as
select o.id from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id);

-- What is still on its way, in words; empty when there is nothing left to wait for.
create or replace view fault.pending as
select concat_ws(', ',
	(select count(*) || ' accepted without an effect' from fault.lost having count(*) > 0),
	(select count(*) || ' outbox rows' from fault.unrelayed having count(*) > 0),
	(select count(*) || ' effects not audited' from fault.unaudited where too_few having count(*) > 0),
	(select count(*) || ' owners without mail' from fault.untold where mails = 0 having count(*) > 0)) as what;

create or replace view fault.verdict as
select
	(select sum(tries) from fault.sent) as attempt,
	(select count(*) from fault.sent where outcome = 'A') as acknowledged,
	(select count(*) from fault.sent s where outcome = 'A' and exists (select from fault.effect e where e.marker = s.marker)) as ok,
	(select count(*) from fault.lost) as lost,
	(select count(*) from fault.doubled) as duplicated,
	(select count(*) from fault.phantom) as phantom,
	(select count(*) from fault.inverted) as inverted,
	(select count(*) from fault.sent where outcome = 'U') as unknown,
	(select count(*) from fault.sent s where outcome = 'U' and exists (select from fault.effect e where e.marker = s.marker)) as recovered,
	(select count(*) from fault.dead) as dead,
	(select count(*) from fault.sent where outcome = 'R') as refused,
	(select count(*) from fault.sent where outcome = 'N') as not_accepted,
	(select count(*) from fault.misnamed) as misnamed,
	(select count(*) from fault.unrecorded) as unrecorded,
	(select count(*) from fault.unaudited) as unaudited,
	(select count(*) from fault.untold) as untold,
	(select count(*) from fault.retold) as retold,
	(select count(*) from fault.torn) as torn,
	(select count(*) from fault.miscounted) as miscounted,
	(select count(*) from fault.unchained) as unchained,
	(select count(*) from fault.unrelayed) as unrelayed;

-- Of the tickets of this run: mails not sent, sent and not caught, caught more than once.
create or replace view fault.mail_verdict as
select count(*) as mails,
	count(*) filter (where m.state <> 'sent') as unsent,
	count(*) filter (where m.state = 'sent' and coalesce(c.copies, 0) = 0) as vanished,
	coalesce(sum(c.copies - 1) filter (where c.copies > 1), 0) as copies
from fault.effect e join mails m on m.ticket_id = e.ticket_id
left join fault.caught c on c.mail_id = m.id::text
where e.kind = 'create';
