-- Why: mail that cannot go out is seen and mended by an operator, and one domain that does not answer delays no other.

-- sender: the address it comes from, '' the desk's own (MAIL_FROM). refusals: attempts that were about this very mail; they
-- decide when it is tried again. for_server: it waits because the server was not there, and goes out as soon as it is.
alter table mails
	add column sender text not null default '',
	add column domain text not null generated always as (lower(substring(recipient from '[^@]*$'))) stored,
	add column refusals integer not null default 0,
	add column for_server boolean not null default false,
	add column tried_at timestamptz,
	add column transcript text not null default '', -- of the last attempt, 8 KiB at most, without credentials
	drop constraint mail_state_is_known,
	add constraint mail_state_is_known check (state in ('queued', 'sending', 'sent', 'failed', 'held'));
-- What is due is found by its priority and time, and passed over by its domain and sender, without reading its row.
drop index mails_due;
create index mails_due on mails (priority, next_attempt_at, id) include (domain, sender) where state = 'queued';
create index mails_going_out on mails (worker) include (domain, started_at) where state = 'sending';
create index mails_for_server on mails (next_attempt_at, id) include (sender) where state = 'queued' and for_server;
create index mails_not_sent on mails (domain, id) where state in ('queued', 'sending', 'failed', 'held');

-- Whose mail is not sent, whatever it says. The address as an account has it: in lower case.
create table mail_suppressions (
	address text primary key,
	reason text not null,
	source text not null,                     -- who says so: operator, bounce, complaint
	since timestamptz not null default now(),
	constraint suppression_address_is_lower check (address = lower(address) and address like '%_@_%'),
	constraint suppression_source_is_known check (source in ('operator', 'bounce', 'complaint'))
);

-- What limits a domain. slow_until: it lets sessions wait, so it has a sender of its own and no other waits behind it.
create table mail_domains (
	domain text primary key,
	slow_until timestamptz,
	minute_at timestamptz,                    -- the minute whose mails are counted
	minute_count integer not null default 0
);

-- What became of mail, by domain. slot: the last digit of the sender's number, so that senders do not wait for each other.
create table mail_counts (
	domain text not null,
	slot smallint not null,
	sent bigint not null default 0,
	deferred bigint not null default 0,
	failed bigint not null default 0,
	bounced bigint not null default 0,
	complained bigint not null default 0,
	primary key (domain, slot)
);
