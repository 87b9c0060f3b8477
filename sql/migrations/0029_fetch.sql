-- Why: mail is fetched from mailboxes by IMAP, and each message is taken once, whatever dies.

-- How far an account is. All messages up to uid are in the ledger, or in imap_troubles.
create table imap_cursors (
	account text primary key,                     -- user@host/folder
	uidvalidity bigint not null,
	uid bigint not null,
	polled_at timestamptz not null default now()  -- when all that was there was last seen
);

-- Messages that could not be taken. They lie in their mailbox as they came.
create table imap_troubles (
	account text not null,
	uidvalidity bigint not null,
	uid bigint not null,
	tries integer not null default 1,
	next_try_at timestamptz,                      -- null: it is not tried again
	reason text not null,
	since timestamptz not null default now(),
	primary key (account, uidvalidity, uid)
);
