-- schema.sql - what the migrations come to; written by make schema, compared by a test.

CREATE FUNCTION public.actor_of(wanted uuid) RETURNS TABLE(id uuid, role text, active boolean, is_staff boolean, bits integer)
    LANGUAGE sql STABLE
    AS $$
	select a.id, a.role, a.active, a.role <> 'user',
		2 | case a.role when 'agent' then 8 when 'manager' then 16 when 'admin' then 32 else 0 end
	from accounts a where a.id = wanted
$$;

CREATE TABLE public.audit_log (
    seq bigint NOT NULL,
    occurred_at timestamp with time zone NOT NULL,
    action text NOT NULL,
    actor_id uuid,
    resource_type text NOT NULL,
    resource_id uuid,
    event_id uuid NOT NULL,
    command_id uuid,
    payload text,
    payload_sha256 bytea NOT NULL,
    prev_hash bytea NOT NULL,
    row_hash bytea NOT NULL
);

CREATE FUNCTION public.audit_json(a public.audit_log) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('seq', a.seq, 'timestamp', a.occurred_at, 'action', a.action, 'userId', a.actor_id,
		'resourceType', a.resource_type, 'resourceId', a.resource_id, 'eventId', a.event_id, 'commandId', a.command_id,
		'details', a.payload::jsonb -> 'data', 'hash', encode(a.row_hash, 'hex'))
$$;

CREATE TABLE public.ticket_comments (
    id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    seq integer NOT NULL,
    author_id uuid,
    is_internal boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    content text NOT NULL,
    command_id uuid NOT NULL
);

CREATE FUNCTION public.comment_json(c public.ticket_comments) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'seq', c.seq, 'userId', c.author_id,
		'content', c.content, 'isInternal', c.is_internal, 'createdAt', c.created_at)
$$;

CREATE FUNCTION public.expect_rows(what text, expected bigint, actual bigint) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
	if expected is distinct from actual then
		raise exception using errcode = 'GU001', message = format('%s: %s rows instead of %s', what, actual, expected);
	end if;
	return actual;
end $$;

CREATE TABLE public.ticket_history (
    id bigint NOT NULL,
    ticket_id uuid NOT NULL,
    version integer NOT NULL,
    field text NOT NULL,
    old_value text,
    new_value text,
    actor_id uuid,
    created_at timestamp with time zone NOT NULL,
    command_id uuid NOT NULL
);

CREATE FUNCTION public.history_json(h public.ticket_history) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', h.id, 'ticketId', h.ticket_id, 'version', h.version, 'userId', h.actor_id,
		'action', case when h.version = 1 then 'created' when h.field in ('comment', 'internal_comment') then 'commented'
			else 'updated' end,
		'fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value, 'createdAt', h.created_at)
$$;

CREATE FUNCTION public.page_json(page bigint, page_size bigint, total bigint) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
	select jsonb_build_object('page', page, 'limit', page_size, 'total', total,
		'totalPages', ceil(total::numeric / page_size), 'hasNext', page * page_size < total, 'hasPrev', page > 1)
$$;

CREATE FUNCTION public.partitions_maintain() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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

CREATE FUNCTION public.schema_version() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$ select count(*) from schema_migrations $$;

CREATE TABLE public.tickets (
    id uuid NOT NULL,
    number text NOT NULL,
    status text NOT NULL,
    priority text NOT NULL,
    category text NOT NULL,
    title text NOT NULL,
    owner_id uuid NOT NULL,
    assignee_id uuid,
    version integer NOT NULL,
    comment_count integer DEFAULT 0 NOT NULL,
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    watchers uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    resolved_at timestamp with time zone,
    closed_at timestamp with time zone,
    description text NOT NULL,
    CONSTRAINT ticket_closed_has_closed_at CHECK (((status = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT ticket_priority_is_known CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'urgent'::text]))),
    CONSTRAINT ticket_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'in_progress'::text, 'waiting_user'::text, 'resolved'::text, 'closed'::text])))
)
WITH (fillfactor='90');

CREATE FUNCTION public.ticket_json(t public.tickets) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'description', t.description, 'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''),
		'userId', t.owner_id, 'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id, 'tags', t.tags,
		'commentCount', t.comment_count, 'version', t.version, 'createdAt', t.created_at, 'updatedAt', t.updated_at,
		'resolvedAt', t.resolved_at, 'closedAt', t.closed_at)
$$;

CREATE FUNCTION public.ticket_verdict(active boolean, bits integer, access integer, actor uuid, ticket uuid, owner uuid) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
	select case when not active then 'disabled' when ticket is null then 'missing'
		when (bits | case when owner = actor then 4 else 0 end) & access <> 0 then 'ok' else 'forbidden' end
$$;

CREATE TABLE public.accounts (
    id uuid NOT NULL,
    email text NOT NULL,
    role text DEFAULT 'user'::text NOT NULL,
    active boolean DEFAULT true NOT NULL,
    first_name text DEFAULT ''::text NOT NULL,
    last_name text DEFAULT ''::text NOT NULL,
    language text DEFAULT 'fr'::text NOT NULL,
    epoch integer DEFAULT 0 NOT NULL,
    last_login_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT account_email_is_lower_case CHECK ((email = lower(email))),
    CONSTRAINT account_language_is_known CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text]))),
    CONSTRAINT account_role_is_known CHECK ((role = ANY (ARRAY['user'::text, 'agent'::text, 'manager'::text, 'admin'::text])))
);

CREATE TABLE public.credentials (
    account_id uuid NOT NULL,
    password_hash text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.dead_letters (
    id uuid NOT NULL,
    state text DEFAULT 'open'::text NOT NULL,
    queue text NOT NULL,
    type text NOT NULL,
    reason text NOT NULL,
    died_at timestamp with time zone DEFAULT now() NOT NULL,
    command_id uuid,
    exchange text NOT NULL,
    routing_key text NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL,
    replayed_at timestamp with time zone,
    replays integer DEFAULT 0 NOT NULL,
    CONSTRAINT dead_letter_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'replayed'::text])))
);

CREATE TABLE public.event_inbox (
    day date NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL
)
PARTITION BY RANGE (day);

CREATE TABLE public.inbox (
    day date NOT NULL,
    command_id uuid NOT NULL,
    state text NOT NULL,
    type text NOT NULL,
    status integer NOT NULL,
    code text DEFAULT ''::text NOT NULL,
    subject_id uuid,
    version integer,
    actor_id uuid,
    fp bytea NOT NULL,
    problem jsonb,
    finished_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT inbox_state_is_known CHECK ((state = ANY (ARRAY['done'::text, 'refused'::text, 'dead'::text])))
)
PARTITION BY RANGE (day);

CREATE TABLE public.inbox_keyed (
    command_id uuid NOT NULL,
    state text NOT NULL,
    type text NOT NULL,
    status integer NOT NULL,
    code text DEFAULT ''::text NOT NULL,
    subject_id uuid,
    version integer,
    actor_id uuid,
    fp bytea NOT NULL,
    problem jsonb,
    finished_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT inbox_keyed_state_is_known CHECK ((state = ANY (ARRAY['done'::text, 'refused'::text, 'dead'::text])))
);

CREATE TABLE public.mails (
    id uuid NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    priority smallint DEFAULT 2 NOT NULL,
    template text NOT NULL,
    language text NOT NULL,
    recipient text NOT NULL,
    recipient_id uuid,
    ticket_id uuid,
    attempts integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    started_at timestamp with time zone,
    worker integer,
    sent_at timestamp with time zone,
    last_reply text DEFAULT ''::text NOT NULL,
    event_id uuid NOT NULL,
    fields jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT mail_priority_is_known CHECK ((priority = ANY (ARRAY[1, 2, 3]))),
    CONSTRAINT mail_sent_has_sent_at CHECK (((state = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT mail_state_is_known CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text])))
);

CREATE TABLE public.outbox (
    day date DEFAULT CURRENT_DATE NOT NULL,
    id bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    exchange text NOT NULL,
    routing_key text NOT NULL,
    type text NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL
)
PARTITION BY RANGE (day);

ALTER TABLE public.outbox ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.relay_cursor (
    only_row boolean DEFAULT true NOT NULL,
    xid xid8 NOT NULL,
    id bigint NOT NULL,
    moved_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT relay_cursor_is_one_row CHECK (only_row)
);

CREATE TABLE public.schema_migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    checksum text NOT NULL
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    refresh_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);

CREATE TABLE public.suspects (
    command_id uuid NOT NULL,
    starts integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.ticket_counters (
    lane smallint NOT NULL,
    scope text NOT NULL,
    scope_id uuid NOT NULL,
    status text NOT NULL,
    priority text NOT NULL,
    n bigint NOT NULL
)
WITH (fillfactor='50');

ALTER TABLE public.ticket_history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ticket_history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE public.ticket_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

CREATE TABLE public.ticket_search (
    ticket_id uuid NOT NULL,
    public_words tsvector NOT NULL,
    internal_words tsvector DEFAULT ''::tsvector NOT NULL
);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT account_email_is_unique UNIQUE (email);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_event_is_logged_once UNIQUE (event_id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.event_inbox
    ADD CONSTRAINT event_inbox_pkey PRIMARY KEY (day, consumer, event_id);

ALTER TABLE ONLY public.inbox_keyed
    ADD CONSTRAINT inbox_keyed_pkey PRIMARY KEY (command_id);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (day, command_id);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mail_is_written_once UNIQUE (event_id, template, recipient);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (day, id);

ALTER TABLE ONLY public.relay_cursor
    ADD CONSTRAINT relay_cursor_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT session_refresh_hash_is_unique UNIQUE (refresh_hash);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.suspects
    ADD CONSTRAINT suspects_pkey PRIMARY KEY (command_id);

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comment_has_a_place UNIQUE (ticket_id, seq);

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_counters
    ADD CONSTRAINT ticket_counters_pkey PRIMARY KEY (scope, scope_id, status, priority, lane);

ALTER TABLE ONLY public.ticket_history
    ADD CONSTRAINT ticket_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT ticket_number_is_unique UNIQUE (number);

ALTER TABLE ONLY public.ticket_search
    ADD CONSTRAINT ticket_search_pkey PRIMARY KEY (ticket_id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id);

CREATE INDEX audit_log_by_action ON public.audit_log USING btree (action, seq);

CREATE INDEX audit_log_of_actor ON public.audit_log USING btree (actor_id, seq);

CREATE INDEX audit_log_of_resource ON public.audit_log USING btree (resource_id, seq);

CREATE INDEX dead_letters_by_age ON public.dead_letters USING btree (died_at);

CREATE INDEX inbox_keyed_by_age ON public.inbox_keyed USING brin (finished_at);

CREATE INDEX mails_due ON public.mails USING btree (priority, next_attempt_at) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text]));

CREATE INDEX mails_of_ticket ON public.mails USING btree (ticket_id);

CREATE INDEX outbox_in_commit_order ON ONLY public.outbox USING btree (xid, id);

CREATE INDEX sessions_of_account ON public.sessions USING btree (account_id);

CREATE INDEX ticket_history_of_ticket ON public.ticket_history USING btree (ticket_id, version, id);

CREATE INDEX ticket_search_internal ON public.ticket_search USING gin (internal_words);

CREATE INDEX ticket_search_public ON public.ticket_search USING gin (public_words);

CREATE INDEX tickets_by_age ON public.tickets USING btree (created_at DESC, id DESC);

CREATE INDEX tickets_of_owner ON public.tickets USING btree (owner_id, created_at DESC, id DESC);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comments_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.ticket_history
    ADD CONSTRAINT ticket_history_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.ticket_search
    ADD CONSTRAINT ticket_search_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.accounts(id);
