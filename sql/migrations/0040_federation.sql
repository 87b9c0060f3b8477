-- Why: people sign in by what they have already: a provider of OpenID Connect, or the directory of their house. Who somebody is
-- there is (issuer, subject); an address changes hands.
create table if not exists identities (
	account_id uuid not null references accounts on delete cascade,
	issuer text not null,
	subject text not null,
	email text not null, -- as it was said first, for people who look
	created_at timestamptz not null default now(),
	used_at timestamptz not null default now(),
	primary key (issuer, subject)
);
create index if not exists identities_of_account on identities (account_id);

-- Ways to a provider that have come back: none does twice. Kept for longer than a way may take.
create table if not exists spent_states (
	hash bytea primary key,
	spent_at timestamptz not null default now()
);
create index if not exists spent_states_by_age on spent_states (spent_at);
