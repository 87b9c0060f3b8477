-- Why: everybody is told once of what concerns them, by the channels they chose, and can ask why.
--
-- A notification is one event, told to one person by one channel, with the rule that decided. The notify worker writes them, also
-- those that were decided against; what goes by mail is a row of mails beside it, or a part of one that tells of a whole burst.
-- (xid, seq) orders them as they were committed, as in the outbox: that is what a live stream follows.
create table notifications (
	id uuid primary key,
	xid xid8 not null default pg_current_xact_id(),
	seq bigint generated always as identity,
	event_id uuid not null,
	event_type text not null,
	recipient_id uuid not null references accounts,
	channel text not null,
	topic text not null,                      -- what a preference speaks of
	template text not null,
	ticket_id uuid references tickets,
	state text not null,
	due_at timestamptz,                       -- while it waits: for the rest of a burst, the end of quiet hours, a digest
	mail_id uuid,                             -- which mail tells of it
	priority smallint not null default 2,
	language text not null,
	title text not null default '',           -- one line, in the reader's language: what a list and a push show
	body text not null default '',
	fields jsonb not null,
	why jsonb not null,                       -- {"rule":, "preference":, "decided":}
	created_at timestamptz not null default now(),
	read_at timestamptz,
	deleted_at timestamptz,
	constraint notification_channel_is_known check (channel in ('email', 'in_app', 'push', 'sms')),
	constraint notification_state_is_known check (state in ('waiting', 'told', 'declined', 'failed')),
	constraint notification_waits_for_a_moment check ((state = 'waiting') = (due_at is not null)),
	constraint notification_is_told_once unique (event_id, recipient_id, channel, template)
);
create index notifications_in_order on notifications (xid, seq);
create index notifications_of_person on notifications (recipient_id, seq) where channel = 'in_app' and state = 'told' and deleted_at is null;
create index notifications_unread on notifications (recipient_id) where channel = 'in_app' and state = 'told' and deleted_at is null and read_at is null;
create index notifications_due on notifications (due_at) where state = 'waiting';
create index notifications_of_ticket on notifications (ticket_id, seq);
create index notifications_of_mail on notifications (mail_id) where mail_id is not null;
create index notifications_by_age on notifications (created_at);

-- What a person has chosen; null: what the role has by default. Written by the account worker.
alter table accounts add column notifications jsonb;

-- topic: null for what nobody can decline (a password, a request of one's own). unsubscribe: the topic that one click turns off.
alter table mails add column topic text, add column unsubscribe text;
