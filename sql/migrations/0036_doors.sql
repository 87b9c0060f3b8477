-- Why: people who forget a password, and people who guess one. What is known of an address (was it ever proven), what a mail's
-- link is good for, how often a sign-in has failed, and what of a session its owner wants to see.

-- Proven when a link of a mail to it was followed. Unproven: somebody registered with it, and nothing more is known; until
-- then it gets no mail but the one with the link. Accounts from before, and of people who wrote us, are neither.
alter table accounts add column email_verified_at timestamptz, add column email_unproven boolean not null default false;

-- By whatever means it was opened, from where ("<address> <user agent>"), when it was renewed last, and when it ends however
-- often it is renewed (null: of the version before).
alter table sessions add column method text not null default 'password', add column origin text not null default '',
	add column used_at timestamptz not null default now(), add column ends_at timestamptz;

-- By address, whether anybody has it or not, so that the answer tells nobody which.
create table sign_in_failures (
	email text primary key,
	failures integer not null default 1,
	failed_at timestamptz not null default now(),
	locked_until timestamptz
);
create index sign_in_failures_by_age on sign_in_failures (failed_at);

-- What the link of a mail is good for: the mail has the token, this its SHA-256. address is where the mail went.
create table account_tokens (
	hash bytea primary key,
	account_id uuid not null references accounts on delete cascade,
	kind text not null,
	address text not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	used_at timestamptz,
	constraint account_token_kind_is_known check (kind in ('verify', 'reset', 'magic', 'invite', 'email_old', 'email_new'))
);
create index account_tokens_of_account on account_tokens (account_id, kind);
create index account_tokens_by_end on account_tokens (expires_at);

-- A new address, until both have said yes.
create table email_changes (
	account_id uuid primary key references accounts on delete cascade,
	address text not null,
	asked_at timestamptz not null default now(),
	old_confirmed_at timestamptz,
	new_confirmed_at timestamptz
);

-- How many mails about accounts an address has had lately.
create index mails_of_recipient on mails (recipient, created_at) where ticket_id is null;

-- Declared here, defined in sql/functions.
create function account_unproven() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger account_unproven after insert on accounts for each row when (new.email_unproven) execute function account_unproven();
