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
