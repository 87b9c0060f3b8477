-- Why: a password alone is one thing that can be stolen. A second factor is what its owner has: a device that shares a secret
-- with us and shows codes; and programs need a way in that is no person's password.

-- secret is sealed (base/seal.h) under a key that lies outside the database. Until it is confirmed it counts for nothing. A code
-- counts once: last_step is the step of the last one that did.
create table totp_factors (
	account_id uuid primary key references accounts on delete cascade,
	secret bytea not null,
	created_at timestamptz not null default now(),
	confirmed_at timestamptz,
	last_step bigint not null default 0
);

-- For who has lost the device: each counts once. The owner has them, this their SHA-256.
create table recovery_codes (
	account_id uuid not null references accounts on delete cascade,
	hash bytea not null,
	created_at timestamptz not null default now(),
	used_at timestamptz,
	primary key (account_id, hash)
);

-- A program has no person to sign in: an account of role service has no password, and tokens alone lead in.
alter table accounts drop constraint account_role_is_known;
alter table accounts add constraint account_role_is_known check (role in ('user', 'agent', 'manager', 'admin', 'service'));

-- Tokens that programs ask with, instead of a session's: who has one has the secret, this its SHA-256. changed_xid is the
-- transaction that made or ended it, so that every ingress finds what has changed.
create table api_tokens (
	id uuid primary key,
	account_id uuid not null references accounts on delete cascade,
	name text not null,
	hash bytea not null,
	scopes text[] not null,
	created_by uuid references accounts on delete set null,
	created_at timestamptz not null default now(),
	expires_at timestamptz,
	revoked_at timestamptz,
	last_used_at timestamptz,
	changed_xid xid8 not null default pg_current_xact_id(),
	constraint api_token_scopes_are_known check (scopes <@ '{read,write,admin}' and scopes <> '{}')
);
create index api_tokens_of_account on api_tokens (account_id, created_at);
create index api_tokens_by_change on api_tokens (changed_xid);
