-- Why: mail becomes tickets, and every message that was taken has one outcome that can be asked for.

-- An address that mail may be sent to. MAIL_FROM is one without a row. answers false: nothing is answered by itself.
-- strangers: what becomes of an answer whose sender has no part in the ticket: it waits for staff, or is a ticket of its own.
create table mailboxes (
	id uuid primary key,
	version integer not null default 1,
	address text not null,                        -- in lower case, the domain as an A-label
	name text not null default '',
	language text,                                -- of who is not known yet; null: the desk's
	category text,
	priority text,
	signature text not null default '',           -- below what the desk says by mail
	answers boolean not null default true,
	strangers text not null default 'wait',
	watch_copied boolean not null default false,  -- who stands in Cc watches the ticket
	trust_reply_to boolean not null default false,-- of forms on the web: Reply-To says who asks
	commands boolean not null default true,       -- staff may command by mail
	active boolean not null default true,         -- false: nothing is taken
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	deleted_at timestamptz,
	constraint mailbox_address_is_lower check (address = lower(address) and address like '%_@_%'),
	constraint mailbox_strangers_is_known check (strangers in ('wait', 'ticket')),
	constraint mailbox_priority_is_known check (priority in ('low', 'medium', 'high', 'urgent')),
	constraint mailbox_language_is_known check (language in ('fr', 'en'))
);
create unique index mailboxes_by_address on mailboxes (address) where deleted_at is null;

-- The ledger: one row for each message that was taken, written before the sender was told so. Its bytes lie in the store,
-- in the bucket helpdesk-mail, under its id. outcome null: it waits for the intake worker.
create table inbound_mails (
	id uuid primary key,
	door text not null,
	peer text not null default '',
	envelope_from text,                           -- '': the null path; null: not known
	recipients text[] not null default '{}',
	size bigint not null,
	sha256 bytea not null,
	door_key text,                                -- what the door knows it by, so that a repeat is the same message
	traceparent text,
	accepted_at timestamptz not null default now(),
	attempts integer not null default 0,          -- readings that were begun
	kills integer not null default 0,             -- readers that it has ended: the third is the last
	next_attempt_at timestamptz not null default now(),
	error text,                                   -- of the last attempt
	outcome text,
	outcome_at timestamptz,
	reason text,                                  -- why that, a sentence
	approval text,                                -- of an answer by a stranger
	approved_by uuid,
	let_in boolean not null default false,        -- and he watches the ticket from then on
	mailbox_id uuid,
	from_address text,
	from_name text,
	sender_id uuid,                               -- the account it was taken for
	subject text,
	message_id text,                              -- 998 bytes at most
	message_hash bytea,                           -- SHA-256 of the id, or of the bytes when there is none
	body_hash bytea,
	verified text,                                -- pass, fail, none: what our own MTA says of From
	automatic text,                               -- why it is never answered by itself
	acknowledged boolean not null default false,  -- its sender is told that it has come
	ticket_id uuid,
	comment_id uuid,
	command_id uuid,                              -- what was asked of the ticket
	applied boolean,                              -- and whether that was done; null: not known yet
	rounds integer not null default 0,            -- decisions, which the commands' ids count
	reread boolean not null default false,        -- an operator wants it read again
	duplicate_of uuid,
	notified_mail_id uuid,                        -- of a bounce: the mail of ours that has failed
	constraint inbound_door_is_known check (door in ('lmtp', 'smtp', 'pipe', 'http', 'imap', 'import')),
	constraint inbound_outcome_is_known check (outcome in ('ticket', 'reply', 'bounce', 'auto', 'duplicate', 'quarantined')),
	constraint inbound_outcome_has_time check ((outcome is null) = (outcome_at is null)),
	constraint inbound_approval_is_known check (approval in ('waiting', 'approved', 'rejected'))
);
create unique index inbound_by_door_key on inbound_mails (door, door_key) where door_key is not null;
create index inbound_waiting on inbound_mails (next_attempt_at, id) where outcome is null or reread;
create index inbound_unapplied on inbound_mails (outcome_at) where command_id is not null and applied is null;
create index inbound_approvals on inbound_mails (id) where approval = 'waiting';
create index inbound_by_ticket on inbound_mails (ticket_id, id) where ticket_id is not null;
create index inbound_by_outcome on inbound_mails (outcome, id);
create index inbound_by_sender on inbound_mails (from_address, id);
-- The same message is taken once for each mailbox. Two rows with one key: the later one is a duplicate.
create index inbound_by_message on inbound_mails (message_hash, body_hash);

-- What a mail says, for those who may read the ticket.
create table inbound_texts (
	inbound_id uuid primary key references inbound_mails,
	to_shown jsonb not null default '[]',
	cc_shown jsonb not null default '[]',
	visible_text text not null default '',
	folded_text text not null default '',
	visible_html text not null default '',
	folded_html text not null default '',
	attachments jsonb not null default '[]',      -- with the ids of their files
	notes jsonb not null default '[]'
);

-- Message-IDs that lead to a ticket: of mails that came. Those of mails we sent are known by their form.
create table message_references (
	message_hash bytea not null,
	ticket_id uuid not null,
	inbound_id uuid not null,
	created_at timestamptz not null default now(),
	primary key (message_hash, ticket_id)
);

-- Whose mail came back, as the answer to a mail of ours says it. A second that says it is for good ends it (mail_suppressions).
create table mail_bounces (
	address text not null,
	mail_id uuid not null,
	inbound_id uuid not null,
	kind text not null,
	status text not null default '',
	reason text not null default '',
	at timestamptz not null default now(),
	primary key (address, mail_id),
	constraint bounce_kind_is_known check (kind in ('hard', 'soft', 'complaint'))
);

-- The mail that a ticket, or a comment, has come by.
alter table tickets add column inbound_id uuid;
alter table ticket_comments add column inbound_id uuid;
