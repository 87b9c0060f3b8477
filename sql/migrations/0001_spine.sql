-- Why: the spine. Accounts, tickets and what happens to them; the inbox that makes a
-- command count once; the outbox that tells the world; audit, mail, dead letters.
--
-- Columns stand in the order a person reads them. What grows for ever is partitioned by
-- day and dropped, never vacuumed.

-- Raised by store when it changed another number of rows than it meant to: the
-- worker loads again. GU001 belongs to no SQLSTATE class of the standard.
create function expect_rows(what text, expected bigint, actual bigint) returns bigint
language plpgsql immutable as $$
begin
	if expected is distinct from actual then
		raise exception using errcode = 'GU001', message = format('%s: %s rows instead of %s', what, actual, expected);
	end if;
	return actual;
end $$;

-- --- accounts ---------------------------------------------------------------
create table accounts (
	id uuid primary key,
	email text not null,
	role text not null default 'user',
	active boolean not null default true,
	first_name text not null default '',
	last_name text not null default '',
	language text not null default 'fr',
	epoch integer not null default 0,
	last_login_at timestamptz,
	created_at timestamptz not null default now(),
	updated_at timestamptz not null default now(),
	constraint account_email_is_lower_case check (email = lower(email)),
	constraint account_email_is_unique unique (email),
	constraint account_role_is_known check (role in ('user', 'agent', 'manager', 'admin')),
	constraint account_language_is_known check (language in ('fr', 'en'))
);

-- Apart from accounts, so that a role can be given one without the other.
create table credentials (
	account_id uuid primary key references accounts on delete cascade,
	password_hash text not null,
	changed_at timestamptz not null default now()
);

create table sessions (
	id uuid primary key,
	account_id uuid not null references accounts on delete cascade,
	refresh_hash bytea not null,
	created_at timestamptz not null default now(),
	expires_at timestamptz not null,
	revoked_at timestamptz,
	constraint session_refresh_hash_is_unique unique (refresh_hash)
);
create index sessions_of_account on sessions (account_id);

-- --- tickets ----------------------------------------------------------------
create sequence ticket_number_seq;

create table tickets (
	id uuid primary key,
	number text not null,
	status text not null,
	priority text not null,
	category text not null,
	title text not null,
	owner_id uuid not null references accounts,
	assignee_id uuid references accounts,
	version integer not null,
	comment_count integer not null default 0,
	tags text[] not null default '{}',
	watchers uuid[] not null default '{}',
	created_at timestamptz not null,
	updated_at timestamptz not null,
	resolved_at timestamptz,
	closed_at timestamptz,
	description text not null,
	constraint ticket_number_is_unique unique (number),
	constraint ticket_status_is_known check (status in ('open', 'in_progress', 'waiting_user', 'resolved', 'closed')),
	constraint ticket_priority_is_known check (priority in ('low', 'medium', 'high', 'urgent')),
	constraint ticket_closed_has_closed_at check ((status = 'closed') = (closed_at is not null))
) with (fillfactor = 90);
create index tickets_of_owner on tickets (owner_id, created_at desc, id desc);
create index tickets_by_age on tickets (created_at desc, id desc);

create table ticket_comments (
	id uuid primary key,
	ticket_id uuid not null references tickets,
	seq integer not null,
	author_id uuid references accounts,
	is_internal boolean not null default false,
	created_at timestamptz not null,
	content text not null,
	command_id uuid not null,
	constraint ticket_comment_has_a_place unique (ticket_id, seq)
);

create table ticket_history (
	id bigint generated always as identity primary key,
	ticket_id uuid not null references tickets,
	version integer not null,
	field text not null,
	old_value text,
	new_value text,
	actor_id uuid,
	created_at timestamptz not null,
	command_id uuid not null
);
create index ticket_history_of_ticket on ticket_history (ticket_id, version, id);

-- One row per lane, so that lanes never wait for each other. Scope 'all' has the nil id.
create table ticket_counters (
	lane smallint not null,
	scope text not null,
	scope_id uuid not null,
	status text not null,
	priority text not null,
	n bigint not null,
	primary key (scope, scope_id, status, priority, lane)
) with (fillfactor = 50);

-- Apart from tickets, so that a status change rewrites no words.
create table ticket_search (
	ticket_id uuid primary key references tickets,
	public_words tsvector not null,
	internal_words tsvector not null default ''
);
create index ticket_search_public on ticket_search using gin (public_words);
create index ticket_search_internal on ticket_search using gin (internal_words);

-- --- the inbox: what a command came to, kept 30 days --------------------------
-- The day is read from the id (UUIDv7), so a duplicate always meets its first.
create table inbox (
	day date not null,
	command_id uuid not null,
	state text not null,
	type text not null,
	status integer not null,
	code text not null default '',
	subject_id uuid,
	version integer,
	actor_id uuid,
	fp bytea not null,
	problem jsonb,
	finished_at timestamptz not null default now(),
	primary key (day, command_id),
	constraint inbox_state_is_known check (state in ('done', 'refused', 'dead'))
) partition by range (day);

-- Ids that carry no time: derived from an Idempotency-Key or by a timer.
create table inbox_keyed (
	command_id uuid primary key,
	state text not null,
	type text not null,
	status integer not null,
	code text not null default '',
	subject_id uuid,
	version integer,
	actor_id uuid,
	fp bytea not null,
	problem jsonb,
	finished_at timestamptz not null default now(),
	constraint inbox_keyed_state_is_known check (state in ('done', 'refused', 'dead'))
);
create index inbox_keyed_by_age on inbox_keyed using brin (finished_at);

-- Redelivered commands under trial: three starts without an end are a death.
create table suspects (
	command_id uuid primary key,
	starts integer not null,
	started_at timestamptz not null default now()
);

create table dead_letters (
	id uuid primary key,
	state text not null default 'open',
	queue text not null,
	type text not null,
	reason text not null,
	died_at timestamptz not null default now(),
	command_id uuid,
	exchange text not null,
	routing_key text not null,
	headers jsonb not null,
	body text not null,
	replayed_at timestamptz,
	replays integer not null default 0,
	constraint dead_letter_state_is_known check (state in ('open', 'replayed'))
);
create index dead_letters_by_age on dead_letters (died_at);

-- --- the outbox ---------------------------------------------------------------
create table outbox (
	day date not null default current_date,
	id bigint generated always as identity,
	xid xid8 not null default pg_current_xact_id(),
	exchange text not null,
	routing_key text not null,
	type text not null,
	headers jsonb not null,
	body text not null,
	primary key (day, id)
) partition by range (day);
create index outbox_in_commit_order on outbox (xid, id);

-- How far the relay has come: everything up to (xid, id) is confirmed by the broker.
create table relay_cursor (
	only_row boolean primary key default true,
	xid xid8 not null,
	id bigint not null,
	moved_at timestamptz not null default now(),
	constraint relay_cursor_is_one_row check (only_row)
);
insert into relay_cursor (xid, id) values ('0', 0);

-- Events a consumer has seen.
create table event_inbox (
	day date not null,
	consumer text not null,
	event_id uuid not null,
	primary key (day, consumer, event_id)
) partition by range (day);

-- --- audit ----------------------------------------------------------------------
-- row_hash = HMAC-SHA-256(key, prev_hash || seq as 8 bytes, big-endian || payload_sha256).
-- An erasure may set payload to null: the chain still holds.
create table audit_log (
	seq bigint primary key,
	occurred_at timestamptz not null,
	action text not null,
	actor_id uuid,
	resource_type text not null,
	resource_id uuid,
	event_id uuid not null,
	command_id uuid,
	payload text,
	payload_sha256 bytea not null,
	prev_hash bytea not null,
	row_hash bytea not null,
	constraint audit_event_is_logged_once unique (event_id)
);
create index audit_log_of_resource on audit_log (resource_id, seq);
create index audit_log_of_actor on audit_log (actor_id, seq);
create index audit_log_by_action on audit_log (action, seq);

-- --- mail -------------------------------------------------------------------------
create table mails (
	id uuid primary key,
	state text not null default 'queued',
	priority smallint not null default 2,
	template text not null,
	language text not null,
	recipient text not null,
	recipient_id uuid references accounts,
	ticket_id uuid references tickets,
	attempts integer not null default 0,
	next_attempt_at timestamptz not null default now(),
	started_at timestamptz,
	worker integer,
	sent_at timestamptz,
	last_reply text not null default '',
	event_id uuid not null,
	fields jsonb not null,
	created_at timestamptz not null default now(),
	constraint mail_state_is_known check (state in ('queued', 'sending', 'sent', 'failed')),
	constraint mail_priority_is_known check (priority in (1, 2, 3)),
	constraint mail_sent_has_sent_at check ((state = 'sent') = (sent_at is not null)),
	constraint mail_is_written_once unique (event_id, template, recipient)
);
create index mails_due on mails (priority, next_attempt_at) where state in ('queued', 'sending');
create index mails_of_ticket on mails (ticket_id);

-- --- upkeep -----------------------------------------------------------------------
-- Makes the partitions of the days to come (and, for the inbox, of the 30 days a message
-- may be late), drops what is older than 30 days. The outbox only behind the cursor.
create function partitions_maintain() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	parent text;
	day date;
	old record;
	behind date;
begin
	perform pg_advisory_xact_lock(hashtext('guichet.partitions'));
	foreach parent in array array['inbox', 'outbox', 'event_inbox'] loop
		for day in select generate_series(current_date - case parent when 'outbox' then 1 else 30 end,
				current_date + 3, '1 day')::date loop
			if to_regclass(format('%I', parent || to_char(day, '_YYYYMMDD'))) is null then
				execute format('create table %I partition of %I for values from (%L) to (%L)',
					parent || to_char(day, '_YYYYMMDD'), parent, day, day + 1);
			end if;
		end loop;
	end loop;

	select coalesce(min(o.day), current_date) into behind
	from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id);
	for old in
		select c.relname, p.relname as parent from pg_inherits i
		join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
		where p.relname in ('inbox', 'outbox', 'event_inbox') and c.relkind = 'r'
			and to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 30
			and (p.relname <> 'outbox' or to_date(right(c.relname, 8), 'YYYYMMDD') < behind - 1)
	loop
		execute format('drop table %I', old.relname);
	end loop;

	delete from inbox_keyed where command_id in (
		select command_id from inbox_keyed where finished_at < now() - interval '30 days' limit 5000);
end $$;
revoke execute on function partitions_maintain() from public;

select partitions_maintain();

create function schema_version() returns bigint
language sql stable security definer set search_path = public, pg_temp as
$$ select count(*) from schema_migrations $$;

-- --- reads: the pieces that every representation is made of ---------------------------
-- An actor and its access bits (queues/catalogue.h): 2 self, 8 agent, 16 manager, 32 admin.
create function actor_of(wanted uuid) returns table (id uuid, role text, active boolean, is_staff boolean, bits integer)
language sql stable as $$
	select a.id, a.role, a.active, a.role <> 'user',
		2 | case a.role when 'agent' then 8 when 'manager' then 16 when 'admin' then 32 else 0 end
	from accounts a where a.id = wanted
$$;

-- The bit 4 (owner) comes with the ticket.
create function ticket_verdict(active boolean, bits integer, access integer, actor uuid, ticket uuid, owner uuid) returns text
language sql immutable as $$
	select case when not active then 'disabled' when ticket is null then 'missing'
		when (bits | case when owner = actor then 4 else 0 end) & access <> 0 then 'ok' else 'forbidden' end
$$;

create function ticket_json(t tickets) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'description', t.description, 'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''),
		'userId', t.owner_id, 'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id, 'tags', t.tags,
		'commentCount', t.comment_count, 'version', t.version, 'createdAt', t.created_at, 'updatedAt', t.updated_at,
		'resolvedAt', t.resolved_at, 'closedAt', t.closed_at)
$$;

create function comment_json(c ticket_comments) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'seq', c.seq, 'userId', c.author_id,
		'content', c.content, 'isInternal', c.is_internal, 'createdAt', c.created_at)
$$;

create function history_json(h ticket_history) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', h.id, 'ticketId', h.ticket_id, 'version', h.version, 'userId', h.actor_id,
		'action', case when h.version = 1 then 'created' when h.field in ('comment', 'internal_comment') then 'commented'
			else 'updated' end,
		'fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value, 'createdAt', h.created_at)
$$;

create function audit_json(a audit_log) returns jsonb
language sql stable as $$
	select jsonb_build_object('seq', a.seq, 'timestamp', a.occurred_at, 'action', a.action, 'userId', a.actor_id,
		'resourceType', a.resource_type, 'resourceId', a.resource_id, 'eventId', a.event_id, 'commandId', a.command_id,
		'details', a.payload::jsonb -> 'data', 'hash', encode(a.row_hash, 'hex'))
$$;

create function page_json(page bigint, page_size bigint, total bigint) returns jsonb
language sql immutable as $$
	select jsonb_build_object('page', page, 'limit', page_size, 'total', total,
		'totalPages', ceil(total::numeric / page_size), 'hasNext', page * page_size < total, 'hasPrev', page > 1)
$$;
