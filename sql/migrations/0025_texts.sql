-- Why: an administrator words what the desk writes to people, and how the desk shows itself in it.
--
-- One row, loaded whole: its body has what differs from the built-in templates, and the brand. Its version rises with each
-- change, so whoever keeps the texts in memory asks for that alone.
--   {"brand": {"name", "color", "footer", "replyLine"},
--    "templates": {"ticket_created": {"fr": {"subject", "brief", "text", "html"}}}}      each part optional
create table texts (
	id uuid primary key,
	body jsonb not null,
	version integer not null default 1,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	constraint texts_are_bounded check (length(body::text) <= 2000000)
);
insert into texts (id, body) values ('00000000-0000-8000-8000-000000000002', '{"brand": {}, "templates": {}}');

-- Every change, of one template in one language or (name: brand) of the brand; parts: what it said from then on, {} being
-- the built-in one.
create table text_versions (
	version integer primary key,
	name text not null,
	language text not null default '',
	parts jsonb not null,
	changed_at timestamptz not null default now(),
	changed_by uuid
);
create index text_versions_of on text_versions (name, language, version);
