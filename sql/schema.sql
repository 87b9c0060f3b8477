-- schema.sql - what the migrations and functions come to; written by make schema, compared by a test.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

CREATE FUNCTION public.account_epoch_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	new.epoch_at := now();
	new.epoch_xid := pg_current_xact_id();
	return new;
end $$;

CREATE FUNCTION public.account_list(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT version bigint, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	who record;
	place record;
	asked tsquery := (words_asked(wanted ->> 'search')).words;
	sort text := coalesce(wanted ->> 'sortBy', 'name');
	falling boolean := coalesce(wanted ->> 'sortOrder' = 'desc', false);
	sees_all boolean;
	n bigint;
begin
	select * into who from actor_of(actor);
	select * into place from page_wanted(wanted, 20);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when place.number * place.size > 100000 then 'too_far' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	sees_all := who.bits & 32 <> 0;
	select jsonb_build_object('users', coalesce(jsonb_agg(person_json(a, sees_all)), '[]')), count(*) into data, n
	from account_page(wanted, asked, sees_all, sort, falling, place.size, place.skipped) a;
	if n = place.size or (n = 0 and place.number > 1) then
		select count(*) into n from account_page(wanted, asked, sees_all, null, false, 10000, 0);
	else
		n := place.skipped + n;
	end if;
	pagination := page_json(place.number, place.size, n);
end $$;

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
    phone text DEFAULT ''::text NOT NULL,
    department text DEFAULT ''::text NOT NULL,
    job_title text DEFAULT ''::text NOT NULL,
    timezone text DEFAULT 'Europe/Paris'::text NOT NULL,
    theme text DEFAULT 'auto'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    bio text DEFAULT ''::text NOT NULL,
    epoch_at timestamp with time zone,
    epoch_xid xid8,
    words tsvector,
    CONSTRAINT account_email_is_lower_case CHECK ((email = lower(email))),
    CONSTRAINT account_language_is_known CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text]))),
    CONSTRAINT account_role_is_known CHECK ((role = ANY (ARRAY['user'::text, 'agent'::text, 'manager'::text, 'admin'::text]))),
    CONSTRAINT account_theme_is_known CHECK ((theme = ANY (ARRAY['light'::text, 'dark'::text, 'auto'::text])))
);

CREATE FUNCTION public.account_page(wanted jsonb, asked tsquery, sees_all boolean, sort text, falling boolean, most bigint, skipped bigint) RETURNS SETOF public.accounts
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query
	select a.* from accounts a
	where (sees_all or a.active)
		and (asked is null or (a.words @@ asked and (sees_all or words_of(a.first_name || ' ' || a.last_name) @@ asked)))
		and (not wanted ? 'role' or a.role = wanted ->> 'role')
		and (not wanted ? 'department' or not sees_all or lower(a.department) = lower(wanted ->> 'department'))
	order by
		case when not falling then case sort when 'name' then a.last_name when 'email' then a.email end end,
		case when falling then case sort when 'name' then a.last_name when 'email' then a.email end end desc,
		case when not falling and sort = 'name' then a.first_name end,
		case when falling and sort = 'name' then a.first_name end desc,
		case when not falling and sort = 'createdAt' then a.created_at end,
		case when falling and sort = 'createdAt' then a.created_at end desc,
		case when not falling and sort is not null then a.id end,
		case when falling and sort is not null then a.id end desc
	limit most offset skipped;
end $$;

CREATE FUNCTION public.account_words() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	new.words := words_of(concat_ws(' ', new.first_name, new.last_name, new.email, new.department));
	return new;
end $$;

CREATE FUNCTION public.actor_of(wanted uuid) RETURNS TABLE(id uuid, role text, active boolean, is_staff boolean, bits integer)
    LANGUAGE sql STABLE
    AS $$
	select a.id, a.role, a.active, a.role <> 'user',
		2 | case a.role when 'agent' then 8 when 'manager' then 16 when 'admin' then 32 else 0 end
	from accounts a where a.id = wanted
$$;

CREATE FUNCTION public.asked_phrase(folded text, is_open boolean) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when numnode(phrase) = 0 then null when is_open then (phrase::text || ':*')::tsquery else phrase end
	from phraseto_tsquery('simple', folded) phrase
$$;

CREATE FUNCTION public.asked_side_by_side(folded text[], is_open boolean) RETURNS tsquery
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
declare
	unspaced constant text := '[\u0E00-\u0EFF\u1100-\u11FF\u3005-\u3007\u3040-\u30FF\u3130-\u318F\u31F0-\u31FF\u3400-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF]';
	phrase tsquery;
begin
	if array_to_string(folded, '') ~ unspaced then
		if array_to_string(folded, ' ') ~ ('(^| )' || unspaced || '{2}( |$)') then
			folded := array(select word from unnest(folded) word where word !~ ('^' || unspaced || '$'));
			is_open := false;
		else
			folded := array(select distinct word from unnest(folded) word);
			is_open := true;
		end if;
		for i in 1 .. cardinality(folded) loop
			phrase := coalesce(phrase && asked_phrase(folded[i], is_open), asked_phrase(folded[i], is_open));
		end loop;
		return phrase;
	end if;
	return asked_phrase(array_to_string(folded, ' '), is_open);
end $_$;

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
    response_due_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    first_response_at timestamp with time zone,
    resolution text,
    merged_into uuid,
    internal_count integer DEFAULT 0 NOT NULL,
    deleted_at timestamp with time zone,
    public_version integer DEFAULT 1 NOT NULL,
    public_updated_at timestamp with time zone DEFAULT now() NOT NULL,
    merged_at timestamp with time zone,
    merge_brought text,
    merged_count integer DEFAULT 0 NOT NULL,
    follow_up_to uuid,
    description_author_id uuid,
    changed_in integer GENERATED ALWAYS AS ((floor((EXTRACT(epoch FROM (updated_at - '1970-01-01 00:00:00+00'::timestamp with time zone)) / (8192)::numeric)))::integer) STORED NOT NULL,
    CONSTRAINT ticket_closed_has_closed_at CHECK (((status = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT ticket_priority_is_known CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'urgent'::text]))),
    CONSTRAINT ticket_resolved_has_resolved_at CHECK (((status <> 'resolved'::text) OR (resolved_at IS NOT NULL))),
    CONSTRAINT ticket_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'in_progress'::text, 'waiting_user'::text, 'resolved'::text, 'closed'::text])))
)
WITH (fillfactor='90');

CREATE FUNCTION public.attachments_counted(t public.tickets, is_staff boolean) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if t.merged_count = 0 then
		return (select count(*) from ticket_attachments a where a.ticket_id = t.id);
	end if;
	return (select count(*) from ticket_attachments a where a.ticket_id in (select ticket_family(t.id, is_staff)));
end $$;

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
    row_hash bytea NOT NULL,
    origin text
);

CREATE FUNCTION public.audit_changes(a public.audit_log, body jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select case when body is null then '[]'
		when body ? 'ticketVersion' and a.action not in ('COMMAND_REFUSED', 'TICKET_WATCHED') then (
			select coalesce(jsonb_agg(jsonb_build_object('fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value)
				order by h.id), '[]')
			from ticket_history h where h.ticket_id = a.resource_id and h.version = (body ->> 'ticketVersion')::integer)
		else (
			select coalesce(jsonb_agg(jsonb_build_object('fieldName', lower(substr(o.key, 4, 1)) || substr(o.key, 5),
				'oldValue', o.value, 'newValue', body #>> array['data', 'new' || substr(o.key, 4)]) order by o.key), '[]')
			from jsonb_each_text(case jsonb_typeof(body -> 'data') when 'object' then body -> 'data' else '{}' end) o
			where o.key ~ '^old[A-Z]')
		end
$$;

CREATE FUNCTION public.audit_csv(entry jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
	select string_agg(csv_of(entry ->> name), ',' order by place)
	from unnest(array['seq', 'timestamp', 'action', 'outcome', 'userId', 'resource', 'resourceId', 'ipAddress', 'userAgent',
		'eventId', 'eventType', 'commandId', 'requestId', 'changes', 'details']) with ordinality as t(name, place)
$$;

CREATE FUNCTION public.audit_erase_slice(person uuid, after bigint, most integer) RETURNS TABLE(erased bigint, last bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	return query
	with found as materialized (
		select a.seq from audit_log a
		where (a.actor_id = person or a.resource_id = person) and a.seq > after and a.payload is not null
		order by a.seq limit most
	), blanked as (
		update audit_log a set payload = null, origin = null from found f where a.seq = f.seq returning a.seq
	)
	select count(*), max(seq) from blanked;
end $$;

CREATE FUNCTION public.audit_event_replay(actor uuid, event uuid, told uuid, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	letter dead_letters;
	who record;
	at timestamptz := to_timestamp(('x' || translate(left(event::text, 13), '-', ''))::bit(48)::bigint / 1000.0);
begin
	select * into who from actor_of(actor);
	if who.id is null or not who.active or who.bits & 32 = 0 then
		return 'forbidden';
	end if;
	select * into letter from dead_letters d
	where d.queue = 'events.audit' and d.headers ->> 'message_id' = event::text
	order by d.died_at desc limit 1 for update;
	if not found then
		return case when exists (select from audit_log a where a.event_id = event
			and a.occurred_at between at - interval '1 hour' and at + interval '1 hour') then 'conflict' else 'missing' end;
	end if;
	if letter.state <> 'open' then
		return 'conflict';
	end if;
	update dead_letters d set state = 'replayed', replays = d.replays + 1, replayed_at = now() where d.id = letter.id;
	insert into outbox (exchange, routing_key, type, headers, body)
	values ('guichet.events', letter.type, letter.type, letter.headers, letter.body);
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('dead.replayed', told, actor, who.role, request_id, traceparent, 'commandId', event,
		jsonb_build_object('deadLetterId', letter.id, 'commandType', letter.type), origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.audit_events(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	page record;
	shown record;
	failed boolean := coalesce(lower(wanted ->> 'status'), 'ok') = 'failed';
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if wanted ? 'status' and lower(wanted ->> 'status') not in ('ok', 'failed') and verdict = 'ok' then
		verdict := 'wrong:status';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	select number, size, case when wanted ? 'cursor' then 0 else skipped end as skipped into page from page_wanted(wanted, 50);
	if failed then
		select coalesce(jsonb_agg(jsonb_build_object('eventId', f.event_id, 'eventType', f.type, 'userId', f.actor,
				'timestamp', f.died_at, 'data', null, 'status', case when f.is_open then 'failed' else 'replayed' end,
				'error', f.reason, 'seq', null, 'payload', f.body) order by f.n) filter (where f.n <= page.size), '[]') as list,
			count(*) > page.size as more, null::bigint as last
		into shown
		from (select *, row_number() over (order by died_at desc) as n from audit_failures(page.size + 1, page.skipped)) f;
	else
		select coalesce(jsonb_agg(jsonb_build_object('eventId', a.event_id, 'eventType', a.body -> 'type', 'userId', a.actor_id,
				'timestamp', a.occurred_at, 'data', a.body -> 'data', 'status', 'ok', 'error', null, 'seq', a.seq,
				'payload', a.payload) order by a.seq desc) filter (where a.n <= page.size), '[]') as list,
			count(*) > page.size as more, min(a.seq) filter (where a.n <= page.size) as last
		into shown
		from (select *, json_of(payload) as body, row_number() over (order by seq desc) as n
			from audit_rows(wanted, page.size + 1, page.skipped)) a;
	end if;
	data := shown.list;
	pagination := jsonb_build_object('page', page.number, 'limit', page.size, 'hasNext', shown.more, 'hasPrev', page.number > 1,
		'nextCursor', case when shown.more then shown.last::text end);
end $$;

CREATE FUNCTION public.audit_export(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT slice text, OUT next text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	shown record;
	csv boolean := wanted ->> 'format' = 'csv';
begin
	select v.verdict into verdict from audit_verdict(actor, access, wanted - 'page') v;
	if verdict <> 'ok' then
		return;
	end if;
	select string_agg(case when csv then audit_csv(r.entry) else r.entry::text end || E'\n', '' order by r.seq desc) as list,
		count(*) as n, min(r.seq) as last
	into shown
	from (select audit_json(a) as entry, a.seq from audit_rows(wanted, 500, 0) a) r;
	slice := case when csv and not wanted ? 'cursor'
		then E'seq,timestamp,action,outcome,userId,resource,resourceId,ipAddress,userAgent,eventId,eventType,commandId,requestId,changes,details\n'
		else '' end || coalesce(shown.list, '');
	next := case when shown.n = 500 then shown.last::text end;
end $$;

CREATE FUNCTION public.audit_failures(most bigint, skipped bigint) RETURNS TABLE(event_id text, type text, actor text, died_at timestamp with time zone, reason text, body text, is_open boolean)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select headers ->> 'message_id', d.type, headers ->> 'actor', d.died_at, d.reason, d.body, d.state = 'open'
	from dead_letters d where d.queue = 'events.audit'
	order by d.died_at desc, d.id desc
	limit most offset skipped
$$;

CREATE FUNCTION public.audit_is_security(action text, payload text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select action in ('LOGIN_FAILED', 'FORBIDDEN', 'TOKEN_REUSED', 'USER_LOCKED', 'USER_LOGOUT_ALL_DEVICES', 'USER_ROLE_CHANGED',
			'USER_ENABLED', 'USER_DISABLED', 'USER_PASSWORD_CHANGED', 'AUDIT_ERASED', 'AUDIT_PRUNED')
		or (action = 'COMMAND_REFUSED' and payload ~ '"code": ?"(INSUFFICIENT_PERMISSIONS|TICKET_ACCESS_DENIED|AUTH_ACCOUNT_DISABLED)"')
$$;

CREATE FUNCTION public.audit_json(a public.audit_log) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('seq', a.seq, 'timestamp', a.occurred_at, 'action', a.action, 'userId', a.actor_id,
		'resourceType', a.resource_type, 'resource', a.resource_type, 'resourceId', a.resource_id, 'eventId', a.event_id,
		'eventType', p.body -> 'type', 'commandId', a.command_id, 'requestId', p.body -> 'requestId',
		'outcome', audit_outcome(a.action), 'ipAddress', nullif(split_part(a.origin, ' ', 1), ''),
		'userAgent', case when a.origin is null then null else nullif(substr(a.origin, strpos(a.origin || ' ', ' ') + 1), '') end,
		'changes', audit_changes(a, p.body), 'details', p.body -> 'data', 'isErased', a.payload is null,
		'hash', encode(a.row_hash, 'hex'))
	from (select json_of(a.payload) as body) p
$$;

CREATE FUNCTION public.audit_metrics(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	width text := lower(coalesce(wanted ->> 'interval', 'day'));
	step interval;
	first timestamptz;
	behind timestamptz;
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if verdict = 'ok' and width not in ('day', 'hour') then
		verdict := 'wrong:interval';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	step := ('1 ' || width)::interval;
	behind := coalesce(moment_behind(wanted ->> 'endDate'), now());
	first := date_trunc(width, coalesce(moment_of(wanted ->> 'startDate'), behind - case width when 'day' then 29 else 47 end * step));
	if behind - first > 400 * step then
		verdict := 'wrong:startDate';
		return;
	end if;
	with known(action, name) as (
		values ('TICKET_CREATED', 'tickets_created'), ('TICKET_UPDATED', 'tickets_updated'), ('TICKET_COMMENTED', 'comments_added'),
			('TICKET_ASSIGNED', 'tickets_assigned'), ('TICKET_CLOSED', 'tickets_closed'), ('TICKET_REOPENED', 'tickets_reopened'),
			('USER_REGISTERED', 'users_registered'), ('USER_LOGIN', 'logins'), ('LOGIN_FAILED', 'logins_failed'),
			('FORBIDDEN', 'accesses_refused'), ('COMMAND_REFUSED', 'commands_refused')
	), counted as (
		select date_trunc(width, a.occurred_at) as at, a.action, sum(case when a.action in ('LOGIN_FAILED', 'FORBIDDEN')
			then coalesce((json_of(a.payload) #>> '{data,count}')::bigint, 1) else 1 end) as n
		from audit_log a where a.occurred_at >= first and a.occurred_at < behind group by 1, 2
	)
	select jsonb_build_object('interval', width, 'from', first, 'to', behind, 'series', jsonb_object_agg(s.name, s.points))::text
	into data
	from (
		select k.name, jsonb_agg(jsonb_build_object('time', t.at, 'value', coalesce(c.n, 0)) order by t.at) as points
		from known k cross join generate_series(first, behind - interval '1 microsecond', step) as t(at)
			left join counted c on c.at = t.at and c.action = k.action
		group by k.name
	) s;
end $$;

CREATE FUNCTION public.audit_outcome(action text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
	select case when action in ('LOGIN_FAILED') then 'failed'
		when action in ('COMMAND_REFUSED', 'FORBIDDEN', 'TOKEN_REUSED') then 'refused' else 'done' end
$$;

CREATE FUNCTION public.audit_page(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	page record;
	shown record;
	total bigint;
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if verdict <> 'ok' then
		return;
	end if;
	select number, size, case when wanted ? 'cursor' then 0 else skipped end as skipped into page from page_wanted(wanted, 50);
	select coalesce(jsonb_agg(audit_json(r.row) order by (r.row).seq desc) filter (where r.n <= page.size), '[]') as list,
		count(*) > page.size as more, min((r.row).seq) filter (where r.n <= page.size) as last
	into shown
	from (select a as row, row_number() over (order by a.seq desc) as n
		from audit_rows(wanted, page.size + 1, page.skipped) a) r;
	select count(*) into total from audit_rows(wanted - 'cursor', 10001, 0);
	data := shown.list;
	pagination := page_json(page.number, page.size, least(total, 10000)) || jsonb_build_object('hasNext', shown.more,
		'totalIsExact', total <= 10000, 'nextCursor', case when shown.more then shown.last::text end);
end $$;

CREATE FUNCTION public.audit_prune(before timestamp with time zone, told uuid) RETURNS TABLE(seq bigint, hash text, entries bigint)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	last audit_log;
	oldest bigint;
begin
	perform pg_advisory_xact_lock(hashtext('guichet.audit'), 0);
	-- The chain is in the order of seq, times are nearly so: up to the row before the first that is to stay.
	select a.* into last from audit_log a
	where a.seq < coalesce((select min(b.seq) from audit_log b where b.occurred_at >= before),
		(select max(b.seq) from audit_log b)) -- the last row stays: it is the head
	order by a.seq desc limit 1;
	if last.seq is null then
		return;
	end if;
	select min(a.seq) into oldest from audit_log a;
	insert into audit_segments (last_seq, last_hash, last_at) values (last.seq, last.row_hash, last.occurred_at)
	on conflict do nothing;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('audit.pruned', told, null, null, null, null, 'commandId', null,
		jsonb_build_object('head', last.seq || ':' || encode(last.row_hash, 'hex'), 'count', last.seq - oldest + 1)) e;
	return query select last.seq, encode(last.row_hash, 'hex'), last.seq - oldest + 1;
end $$;

CREATE FUNCTION public.audit_prune_slice(most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	gone bigint;
begin
	delete from audit_log a where a.seq in (
		select b.seq from audit_log b where b.seq <= (select max(last_seq) from audit_segments) order by b.seq limit most);
	get diagnostics gone = row_count;
	return gone;
end $$;

CREATE FUNCTION public.audit_report(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data jsonb) RETURNS record
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	kind text := lower(coalesce(wanted ->> 'type', 'activity'));
	behind timestamptz := coalesce(moment_behind(wanted ->> 'endDate'), now());
	first timestamptz := coalesce(moment_of(wanted ->> 'startDate'), behind - interval '30 days');
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if verdict = 'ok' and kind not in ('activity', 'security', 'sla', 'compliance') then
		verdict := 'wrong:type';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	data := jsonb_build_object('type', kind, 'from', first, 'to', behind)
		|| case kind when 'sla' then audit_report_sla(first, behind) when 'compliance' then audit_report_compliance(first, behind)
			else audit_report_activity(first, behind, kind = 'security') end;
end $$;

CREATE FUNCTION public.audit_report_activity(first timestamp with time zone, behind timestamp with time zone, security boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	report jsonb;
begin
	select jsonb_build_object('rows', coalesce(jsonb_agg(jsonb_build_object('action', r.action, 'count', r.n, 'users', r.users,
		'last', r.last) order by r.n desc, r.action), '[]')) into report
	from (select a.action, sum(coalesce((json_of(case when a.action in ('LOGIN_FAILED', 'FORBIDDEN') then a.payload end)
				#>> '{data,count}')::bigint, 1)) as n, count(distinct a.actor_id) as users, max(a.occurred_at) as last
		from audit_log a where a.occurred_at >= first and a.occurred_at < behind
			and (not security or audit_is_security(a.action, a.payload)) group by 1) r;
	if security then
		report := report || (select jsonb_build_object('addresses', coalesce(jsonb_agg(jsonb_build_object('ipAddress', r.ip,
			'count', r.n) order by r.n desc), '[]'))
			from (select split_part(a.origin, ' ', 1) as ip, count(*) as n from audit_log a
				where a.occurred_at >= first and a.occurred_at < behind and a.origin is not null
					and audit_is_security(a.action, a.payload) group by 1 order by 2 desc limit 20) r);
	end if;
	return report;
end $$;

CREATE FUNCTION public.audit_report_compliance(first timestamp with time zone, behind timestamp with time zone) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object(
		'retentionDays', coalesce(ceil(extract(epoch from now() - (select occurred_at from audit_log order by seq limit 1)) / 86400)::bigint, 0),
		'retention', '{"audit": "until pruned", "messagesDays": 30, "mailsDays": 90, "sessionsDays": 30}'::jsonb,
		'chain', jsonb_build_object('firstSeq', (select min(seq) from audit_log), 'lastSeq', (select max(seq) from audit_log),
			'head', (select encode(row_hash, 'hex') from audit_log order by seq desc limit 1),
			'segments', (select coalesce(jsonb_agg(jsonb_build_object('lastSeq', last_seq, 'head', encode(last_hash, 'hex'),
				'lastAt', last_at, 'closedAt', closed_at) order by last_seq), '[]') from audit_segments),
			'erasedEntries', (select count(*) from audit_log where payload is null)),
		'exports', (select coalesce(jsonb_agg(jsonb_build_object('at', a.occurred_at, 'userId', a.actor_id, 'of',
				json_of(a.payload) #>> '{data,path}') order by a.seq desc), '[]')
			from audit_log a where a.action = 'AUDIT_EXPORTED' and a.occurred_at >= first and a.occurred_at < behind),
		'erasures', (select coalesce(jsonb_agg(jsonb_build_object('at', a.occurred_at, 'userId', json_of(a.payload) #>> '{data,userId}',
				'entries', json_of(a.payload) #> '{data,count}') order by a.seq desc), '[]')
			from audit_log a where a.action = 'AUDIT_ERASED' and a.occurred_at >= first and a.occurred_at < behind))
$$;

CREATE FUNCTION public.audit_report_export(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT slice text, OUT next text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	report jsonb;
	names text[];
begin
	select r.verdict, r.data into verdict, report from audit_report(actor, access, wanted) r;
	if verdict <> 'ok' then
		return;
	end if;
	if wanted ->> 'format' <> 'csv' then
		slice := report::text || E'\n';
	elsif report ->> 'type' = 'compliance' then
		select E'name,value\n' || string_agg(csv_of(key) || ',' || csv_of(value) || E'\n', '' order by key) into slice
		from jsonb_each_text(report);
	else
		names := case report ->> 'type' when 'sla' then array['priority', 'opened', 'resolved', 'resolvedInTime', 'late',
			'answeredInTime', 'averageSeconds'] else array['action', 'count', 'users', 'last'] end;
		select array_to_string(names, ',') || E'\n' || coalesce(string_agg((select string_agg(csv_of(r.value ->> n.name), ','
			order by n.place) from unnest(names) with ordinality as n(name, place)) || E'\n', '' order by r.place), '')
		into slice
		from jsonb_array_elements(report -> 'rows') with ordinality as r(value, place);
	end if;
end $$;

CREATE FUNCTION public.audit_report_sla(first timestamp with time zone, behind timestamp with time zone) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('rows', coalesce(jsonb_agg(to_jsonb(r) order by r.priority), '[]'))
	from (select t.priority, count(*) as opened, count(t.resolved_at) as resolved,
			count(*) filter (where t.resolved_at <= t.due_at) as "resolvedInTime",
			count(*) filter (where coalesce(t.resolved_at, now()) > t.due_at) as late,
			count(*) filter (where t.first_response_at <= t.response_due_at) as "answeredInTime",
			round(avg(extract(epoch from t.resolved_at - t.created_at)))::bigint as "averageSeconds"
		from tickets t where t.created_at >= first and t.created_at < behind and t.deleted_at is null group by 1) r
$$;

CREATE FUNCTION public.audit_rows(wanted jsonb, most bigint, skipped bigint) RETURNS SETOF public.audit_log
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query
	select * from audit_log
	where (not wanted ? 'cursor' or seq < (wanted ->> 'cursor')::bigint)
		and (not wanted ? 'action' or action = upper(wanted ->> 'action'))
		and (not wanted ? 'resource' or resource_type = lower(wanted ->> 'resource'))
		and (not wanted ? 'resourceId' or resource_id = (wanted ->> 'resourceId')::uuid)
		and (not wanted ? 'userId' or actor_id = (wanted ->> 'userId')::uuid)
		and (not wanted ? 'startDate' or occurred_at >= moment_of(wanted ->> 'startDate'))
		and (not wanted ? 'endDate' or occurred_at < moment_behind(wanted ->> 'endDate'))
		and (not wanted ? 'ip' or (origin is not null and split_part(origin, ' ', 1) = lower(wanted ->> 'ip')))
		and (coalesce(wanted ->> 'search', '') = ''
			or to_tsvector('simple', payload) @@ websearch_to_tsquery('simple', wanted ->> 'search'))
		and (not wanted ? 'security' or audit_is_security(action, payload))
	order by seq desc
	limit most offset skipped;
end $$;

CREATE FUNCTION public.audit_rows(wanted_action text, wanted_resource uuid, wanted_actor uuid, most bigint, skipped bigint) RETURNS SETOF public.audit_log
    LANGUAGE sql STABLE
    AS $$
	select * from audit_rows(jsonb_strip_nulls(jsonb_build_object('action', wanted_action, 'resourceId', wanted_resource,
		'userId', wanted_actor)), most, skipped)
$$;

CREATE FUNCTION public.audit_verdict(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text) RETURNS record
    LANGUAGE sql STABLE
    AS $_$
	select case when not a.active then 'disabled' when a.bits & access = 0 then 'forbidden'
			when wanted ? 'startDate' and moment_of(wanted ->> 'startDate') is null then 'wrong:startDate'
			when wanted ? 'endDate' and moment_of(wanted ->> 'endDate') is null then 'wrong:endDate'
			when wanted ? 'cursor' and wanted ->> 'cursor' !~ '^-?\d{1,18}$' then 'wrong:cursor'
			when not wanted ? 'cursor' and p.skipped > 10000 then 'too_far' else 'ok' end, a.role
	from actor_of(actor) a, page_wanted(wanted, 50) p
$_$;

CREATE FUNCTION public.comment_edits_json(comment uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (
		select coalesce(jsonb_agg(jsonb_build_object('content', e.content, 'editedAt', e.edited_at, 'userId', e.editor_id)
			order by e.id), '[]')
		from ticket_comment_edits e where e.comment_id = comment);
end $$;

CREATE TABLE public.ticket_comments (
    id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    seq integer NOT NULL,
    author_id uuid,
    is_internal boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    content text NOT NULL,
    command_id uuid NOT NULL,
    edited_at timestamp with time zone,
    split_into uuid
);

CREATE FUNCTION public.comment_json(c public.ticket_comments) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$ select comment_json(c, c.seq::bigint) $$;

CREATE FUNCTION public.comment_json(c public.ticket_comments, place bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$ select comment_json(c, place, null, false) $$;

CREATE FUNCTION public.comment_json(c public.ticket_comments, place bigint, from_number text, is_staff boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'seq', place, 'userId', c.author_id,
		'content', c.content, 'isInternal', c.is_internal, 'createdAt', c.created_at, 'editedAt', c.edited_at,
		'edited', c.edited_at is not null)
		|| case when from_number is not null then jsonb_build_object('fromTicket', from_number) else '{}' end
		|| case when c.split_into is not null then jsonb_build_object('becameTicket', jsonb_build_object('id', c.split_into,
			'number', ticket_number_of(c.split_into))) else '{}' end
		|| case when is_staff and c.edited_at is not null then jsonb_build_object('edits', comment_edits_json(c.id)) else '{}' end
$$;

CREATE FUNCTION public.comments_counted(t public.tickets, is_staff boolean) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select count(*) from ticket_said(t, is_staff));
end $$;

CREATE FUNCTION public.comments_shown(t public.tickets, is_staff boolean) RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
	select case when t.merged_count = 0 and t.merged_at is null
		then (t.comment_count - case when is_staff then 0 else t.internal_count end)::bigint
		else comments_counted(t, is_staff) end
$$;

CREATE FUNCTION public.csv_of(value text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $_$
	select case when v ~ E'[",\r\n]' then '"' || replace(v, '"', '""') || '"' else v end
	from (select case when value ~ E'^[=+@\t\r-]' and value !~ '^-?\d+(\.\d+)?$' then '''' || value else coalesce(value, '') end) as t(v)
$_$;

CREATE FUNCTION public.cursor_id(place text) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$ select split_part(place, '_', 2)::uuid $$;

CREATE FUNCTION public.cursor_of(at timestamp with time zone, id uuid) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ select (extract(epoch from at) * 1000000)::bigint || '_' || id $$;

CREATE FUNCTION public.cursor_time(place text) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    AS $$
	select to_timestamp(split_part(place, '_', 1)::bigint / 1000000)
		+ make_interval(secs => (split_part(place, '_', 1)::bigint % 1000000) / 1000000.0)
$$;

CREATE FUNCTION public.event_feed(actor uuid, access integer, after text, page_size bigint, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    AS $_$
declare
	who record;
	horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
	since date := current_date - 28;
	after_xid xid8 := '0';
	after_id bigint := 0;
	page record;
begin
	page_size := coalesce(page_size, 100);
	select * into who from actor_of(actor);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if after = 'now' then
		after_xid := horizon;
	elsif after is not null then
		if after !~ '^\d{8}_\d{1,19}_\d{1,18}$' then
			raise invalid_text_representation using message = 'this is no place in the feed';
		end if;
		since := '-infinity';
		after_xid := split_part(after, '_', 2)::xid8;
		after_id := split_part(after, '_', 3)::bigint;
		-- Too old; or from the future: the database was restored since.
		if split_part(after, '_', 1)::date < current_date - 29 or after_xid > pg_snapshot_xmax(pg_current_snapshot()) then
			verdict := 'expired';
			return;
		end if;
	end if;

	select coalesce(jsonb_agg(event_shown(e.event_id, e.type, e.body) order by e.xid, e.id) filter (where e.n <= page_size), '[]') as shown,
		count(*) > page_size as more, max(e.day) filter (where e.n = page_size) as day,
		(array_agg(e.xid) filter (where e.n = page_size))[1] as xid, max(e.id) filter (where e.n = page_size) as id
	into page
	from (select *, row_number() over (order by xid, id) as n
		from events_behind(after_xid, after_id, horizon, since, page_size + 1, who.bits & 32 <> 0)) e;

	data := jsonb_build_object('events', page.shown);
	pagination := jsonb_build_object('limit', page_size, 'hasMore', page.more, 'nextCursor', case when page.more
		then to_char(page.day, 'YYYYMMDD') || '_' || page.xid || '_' || page.id
		else to_char(current_date, 'YYYYMMDD') || '_' || greatest(horizon, after_xid) || '_0' end);
end $_$;

CREATE FUNCTION public.event_is_for_staff(type text, body text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select type like 'ticket.%' or (type = 'command.refused' and coalesce(json_of(body) ? 'ticketId', false))
$$;

CREATE FUNCTION public.event_shown(event_id text, type text, body text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when jsonb_typeof(b) = 'object' then b || jsonb_build_object('eventId', b -> 'id', 'eventType', b -> 'type',
			'userId', b -> 'actorId', 'timestamp', b -> 'occurredAt')
		else jsonb_build_object('id', event_id, 'type', type, 'occurredAt', null, 'data', '{}'::jsonb,
			'error', 'its body cannot be read') end
	from (select json_of(body)) as t(b)
$$;

CREATE FUNCTION public.events_after(after_xid xid8, after_id bigint, before xid8, since date, most bigint, everything boolean) RETURNS TABLE(day date, xid xid8, id bigint, body text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_sort TO 'off'
    AS $$
begin
	return query
	select o.day, o.xid, o.id, o.body from outbox o
	where o.exchange = 'guichet.events' and (o.xid, o.id) > (after_xid, after_id) and o.xid < before and o.day >= since
		and (everything or event_is_for_staff(o.type, o.body))
	order by o.xid, o.id
	limit most;
end $$;

CREATE FUNCTION public.events_behind(after_xid xid8, after_id bigint, before xid8, since date, most bigint, everything boolean) RETURNS TABLE(day date, xid xid8, id bigint, type text, event_id text, body text)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    SET enable_sort TO 'off'
    AS $$
begin
	return query
	select o.day, o.xid, o.id, o.type, o.headers ->> 'message_id', o.body from outbox o
	where o.exchange = 'guichet.events' and (o.xid, o.id) > (after_xid, after_id) and o.xid < before and o.day >= since
		and (everything or event_is_for_staff(o.type, o.body))
	order by o.xid, o.id
	limit most;
end $$;

CREATE FUNCTION public.expect_rows(what text, expected bigint, actual bigint) RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
	if expected is distinct from actual then
		raise exception using errcode = 'GU001', message = format('%s: %s rows instead of %s', what, actual, expected);
	end if;
	return actual;
end $$;

CREATE FUNCTION public.history_is_public(field text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select field not in ('internal_comment', 'tags', 'link', 'merged_from', 'event') $$;

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
    AS $$ select history_json(h, h.id, h.version::bigint) $$;

CREATE FUNCTION public.history_json(h public.ticket_history, shown_id bigint, version bigint) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$ select history_json(h, shown_id, version, false) - 'comment' $$;

CREATE FUNCTION public.history_json(h public.ticket_history, shown_id bigint, version bigint, is_staff boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', shown_id, 'ticketId', h.ticket_id, 'version', version, 'userId', h.actor_id,
		'action', case when h.version = 1 then 'created' when h.field in ('comment', 'internal_comment') then 'commented'
			when h.field = 'event' then 'event' else 'updated' end,
		'fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value, 'createdAt', h.created_at,
		'comment', (select c.content from ticket_comments c
			where c.ticket_id = h.ticket_id and c.command_id = h.command_id and (is_staff or not c.is_internal)
			order by c.seq limit 1))
$$;

CREATE FUNCTION public.history_shown(ticket uuid, is_staff boolean, access integer) RETURNS TABLE(change public.ticket_history, shown_id bigint, version bigint)
    LANGUAGE sql STABLE
    AS $$
	select h, case when is_staff then h.id else row_number() over (order by h.id) end,
		case when is_staff then h.version else dense_rank() over (partition by h.ticket_id order by h.version) end
	from ticket_family(ticket, is_staff) f(id) join ticket_history h on h.ticket_id = f.id
	where is_staff or history_is_public(h.field) or (h.field = 'tags' and tags_are_open(is_staff, access))
$$;

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

CREATE FUNCTION public.inbox_of_day(wanted date, ids uuid[]) RETURNS SETOF public.inbox
    LANGUAGE plpgsql STABLE ROWS 10
    AS $$
begin
	return query select * from inbox where day = wanted and command_id = any(ids);
end
$$;

CREATE FUNCTION public.json_of(body text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
begin
	return body::jsonb;
exception when others then
	return null;
end $$;

CREATE FUNCTION public.jsonb_texts(given jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case jsonb_typeof(given) when 'array' then array(select jsonb_array_elements_text(given))
		when 'string' then array[given #>> '{}'] end
$$;

CREATE FUNCTION public.links_json(ticket uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select coalesce(jsonb_agg(jsonb_build_object('ticketId', t.id, 'number', t.number, 'title', t.title, 'status', t.status,
		'kind', l.kind, 'direction', l.direction) order by l.created_at, t.id), '[]')
	from (
		select id, kind, direction, min(created_at) as created_at
		from (
			select l.other_id as id, l.kind, 'out' as direction, l.created_at
			from ticket_family(ticket, true) f(id) join ticket_links l on l.ticket_id = f.id
			union all
			select l.ticket_id, l.kind, 'in', l.created_at
			from ticket_family(ticket, true) f(id) join ticket_links l on l.other_id = f.id
			union all
			select m.merged_into, 'duplicate', 'out', m.merged_at from tickets m where m.id = ticket and m.merged_at is not null
			union all
			select m.id, 'duplicate', 'in', m.merged_at from tickets m where m.merged_into = ticket and m.merged_at is not null
		) made
		where id <> ticket
		group by id, kind, direction
	) l join tickets t on t.id = l.id and t.deleted_at is null);
end $$;

CREATE FUNCTION public.local_time(at timestamp with time zone, zone text) RETURNS timestamp without time zone
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return at at time zone zone;
exception when invalid_parameter_value then
	return null;
end $$;

CREATE FUNCTION public.moment_behind(said text) RETURNS timestamp with time zone
    LANGUAGE sql STABLE
    AS $_$
	select case when said ~ '^\d{4}-\d\d-\d\d$' then moment_of(said) + interval '1 day' else moment_of(said) + interval '1 microsecond' end
$_$;

CREATE FUNCTION public.moment_of(said text) RETURNS timestamp with time zone
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    AS $_$
begin
	return case when said ~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d|$)' then said::timestamptz end;
exception when others then
	return null;
end $_$;

CREATE FUNCTION public.number_candidates(said text) RETURNS text[]
    LANGUAGE sql STABLE
    AS $_$
	select case when upper(btrim(said)) ~ '^#?HD-\d{4}-\d{1,12}$' then array[format('HD-%s-%s', split_part(upper(btrim(said, '# ')), '-', 2),
			lpad(split_part(btrim(said), '-', 3), greatest(6, length(split_part(btrim(said), '-', 3))), '0'))]
		when btrim(said) ~ '^#?\d{1,9}$' then array(
			select format('HD-%s-%s', year, lpad(btrim(said, '# '), greatest(6, length(btrim(said, '# '))), '0'))
			from generate_series(2020, extract(year from now())::integer + 1) year) end
$_$;

CREATE FUNCTION public.outbox_event(type text, event_id uuid, actor uuid, role text, request_id text, traceparent text, subject text, subject_id uuid, data jsonb) RETURNS TABLE(exchange text, routing_key text, event_type text, headers jsonb, body text)
    LANGUAGE sql STABLE
    AS $$
	select * from outbox_event(type, event_id, actor, role, request_id, traceparent, subject, subject_id, data, null)
$$;

CREATE FUNCTION public.outbox_event(type text, event_id uuid, actor uuid, role text, request_id text, traceparent text, subject text, subject_id uuid, data jsonb, origin text) RETURNS TABLE(exchange text, routing_key text, event_type text, headers jsonb, body text)
    LANGUAGE sql STABLE
    AS $$
	select 'guichet.events', type, type,
		jsonb_strip_nulls(jsonb_build_object('message_id', event_id, 'correlation_id', request_id, 'traceparent', traceparent,
			'actor', actor, 'origin', nullif(origin, ''))),
		(jsonb_strip_nulls(jsonb_build_object('actorRole', role, 'requestId', request_id, subject, subject_id))
			|| jsonb_build_object('id', event_id, 'type', type, 'occurredAt', now(), 'actorId', actor, 'data', data))::text
$$;

CREATE FUNCTION public.outbox_names_its_actors() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	if current_user not in ('guichet_ticket', 'guichet_account') then
		return null;
	end if;
	if exists (
		with named as (
			select (headers ->> 'actor')::uuid as actor,
				coalesce(headers ->> 'command_id', body::jsonb ->> 'commandId')::uuid as command
			from written where exchange = 'guichet.events' and headers ->> 'actor' is not null
		), dated as (
			select (to_timestamp(('x' || translate(left(command::text, 13), '-', ''))::bit(48)::bigint / 1000.0) at time zone 'utc')::date as day,
				array_agg(command) as ids
			from named where get_byte(uuid_send(command), 6) >> 4 = 7 group by 1
		), known as (
			select i.command_id, i.actor_id from dated d, inbox_of_day(d.day, d.ids) i where i.actor_id is not null
			union all
			select k.command_id, k.actor_id from inbox_keyed k
			where k.actor_id is not null and k.command_id in (
				select command from named where get_byte(uuid_send(command), 6) >> 4 <> 7)
		)
		select from named n where n.command is null or (n.command, n.actor) not in (select command_id, actor_id from known)
	) then
		raise insufficient_privilege using message = 'an event in the name of somebody whose command it was not';
	end if;
	return null;
end $$;

CREATE FUNCTION public.outbox_rebase(OUT unsent bigint, OUT sent bigint) RETURNS record
    LANGUAGE plpgsql
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	old relay_cursor;
	oldest_open xid8;
begin
	select * into old from relay_cursor for update;
	oldest_open := pg_snapshot_xmin(pg_current_snapshot());
	with seen as (
		select event_id::text as id, count(*) as n from event_inbox group by event_id
	), applied as (
		select command_id::text as id from inbox union all select command_id::text from inbox_keyed
	), waiting as (
		select o.day, o.id from outbox o left join seen s on s.id = o.headers ->> 'message_id'
		where o.exchange = 'guichet.events' and coalesce(s.n, 0) < (select count(distinct consumer) from event_inbox)
		union all
		select o.day, o.id from outbox o left join applied a on a.id = o.headers ->> 'message_id'
		where o.exchange = 'guichet.commands' and a.id is null
		union all
		select o.day, o.id from outbox o where o.exchange = 'guichet.work' and o.day >= old.moved_at::date - 1
	)
	update outbox o set xid = pg_current_xact_id()
	where (o.xid, o.id) > (old.xid, old.id) or o.id > old.id or (o.day, o.id) in (select day, id from waiting);
	get diagnostics unsent = row_count;
	update outbox o set xid = '3' where o.xid >= oldest_open and o.xid <> pg_current_xact_id() and o.id <= old.id;
	get diagnostics sent = row_count;
	update sessions set revoked_xid = null where revoked_xid >= pg_snapshot_xmax(pg_current_snapshot());
	update accounts set epoch_xid = null where epoch_xid >= pg_snapshot_xmax(pg_current_snapshot());
	update relay_cursor set xid = (oldest_open::text::bigint - 1)::text::xid8, cluster = this_cluster(), moved_at = now(),
		id = greatest(old.id, (select max(o.id) from outbox o));
end $$;

CREATE FUNCTION public.outbox_untold(today date) RETURNS date
    LANGUAGE sql STABLE
    AS $$
	select least(today, (select min(o.day) from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)))
$$;

CREATE FUNCTION public.page_json(page bigint, page_size bigint, total bigint) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $$
	select jsonb_build_object('page', page, 'limit', page_size, 'total', total,
		'totalPages', ceil(total::numeric / page_size), 'hasNext', page * page_size < total, 'hasPrev', page > 1)
$$;

CREATE FUNCTION public.page_wanted(wanted jsonb, usual bigint) RETURNS TABLE(number bigint, size bigint, skipped bigint)
    LANGUAGE sql IMMUTABLE
    AS $$
	select p.number, p.size, (p.number - 1) * p.size
	from (select coalesce((wanted ->> 'page')::bigint, 1), coalesce((wanted ->> 'limit')::bigint, usual)) as p(number, size)
$$;

CREATE FUNCTION public.partition_drop(parent text, today date) RETURNS text
    LANGUAGE plpgsql
    SET lock_timeout TO '200ms'
    AS $_$
declare
	oldest text;
	day date;
begin
	select c.relname into oldest from pg_inherits i join pg_class c on c.oid = i.inhrelid
	where i.inhparent = to_regclass(parent) and c.relname ~ '_\d{8}$' order by c.relname limit 1;
	day := to_date(right(oldest, 8), 'YYYYMMDD');
	if day is null or day >= today - 30 or (parent = 'outbox' and day >= outbox_untold(today) - 1) then
		return null;
	end if;
	execute format('drop table %I', oldest);
	return oldest;
exception
	when lock_not_available then
		return null;
end $_$;

CREATE FUNCTION public.partition_make(parent text, day date) RETURNS boolean
    LANGUAGE plpgsql
    SET lock_timeout TO '200ms'
    AS $_$
declare
	child text := parent || to_char(day, '_YYYYMMDD');
	taken boolean;
begin
	if to_regclass(child) is not null then
		return true;
	end if;
	execute format('select exists (select from %I where day = $1)', parent || '_default') into taken using day;
	if not taken then
		execute format('create table %I (like %I including defaults including constraints)', child, parent);
		execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, child, day, day + 1);
	end if;
	return true;
exception
	when lock_not_available then
		return false;
	when check_violation then -- a row of that day came into the default partition meanwhile
		return true;
end $_$;

CREATE FUNCTION public.partitions_end() RETURNS date
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select min(d.day)::date
	from generate_series(today(), today() + 15, '1 day') as d(day), unnest(array['inbox', 'outbox', 'event_inbox']) as parent
	where to_regclass(parent || to_char(d.day, '_YYYYMMDD')) is null
$$;

CREATE FUNCTION public.partitions_maintain() RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$ select partitions_make(today()) $$;

CREATE FUNCTION public.partitions_make() RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$ select partitions_make(today()) $$;

CREATE FUNCTION public.partitions_make(today date) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
	parent text;
	day date;
begin
	if not pg_try_advisory_xact_lock(hashtext('guichet.partitions')) then
		return true;
	end if;
	foreach parent in array array['inbox', 'outbox', 'event_inbox'] loop
		for day in select generate_series(today - case parent when 'outbox' then 1 else 30 end, today + 14, '1 day')::date loop
			if not partition_make(parent, day) then
				return false;
			end if;
		end loop;
	end loop;
	return true;
end $$;

CREATE FUNCTION public.person_json(a public.accounts, sees_all boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', a.id, 'userId', a.id, 'firstName', a.first_name, 'lastName', a.last_name, 'role', a.role)
		|| case when sees_all then jsonb_build_object('email', a.email, 'department', nullif(a.department, ''),
			'jobTitle', nullif(a.job_title, ''), 'language', a.language, 'isActive', a.active, 'createdAt', a.created_at,
			'lastLogin', a.last_login_at) else '{}' end
$$;

CREATE FUNCTION public.rank_of_priority(priority text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select array_position('{low,medium,high,urgent}'::text[], priority) $$;

CREATE FUNCTION public.rank_of_status(status text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select array_position('{open,in_progress,waiting_user,resolved,closed}'::text[], status)
$$;

CREATE FUNCTION public.revocations_from(place bigint, seconds bigint) RETURNS TABLE(id uuid, epoch integer, next_place bigint)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	oldest timestamptz := now() - make_interval(secs => seconds);
begin
	return query select null::uuid, null::integer, pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
	if place = 0 or place > pg_snapshot_xmax(pg_current_snapshot())::text::bigint then -- a place of another cluster: restored since
		return query
		select s.id, null::integer, null::bigint from sessions s where s.revoked_at > oldest
		union all
		select a.id, a.epoch, null::bigint from accounts a where a.epoch_at > oldest;
	else
		return query
		select s.id, null::integer, null::bigint from sessions s where s.revoked_xid >= place::text::xid8
		union all
		select a.id, a.epoch, null::bigint from accounts a where a.epoch_xid >= place::text::xid8;
	end if;
end $$;

CREATE FUNCTION public.revocations_since(since bigint, seconds bigint) RETURNS TABLE(id uuid, epoch integer, at bigint)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	oldest timestamptz := greatest(to_timestamp(since / 1000000.0) - interval '15 seconds', now() - make_interval(secs => seconds));
begin
	return query
	select s.id, null::integer, (extract(epoch from s.revoked_at) * 1000000)::bigint from sessions s where s.revoked_at > oldest
	union all
	select a.id, a.epoch, (extract(epoch from a.epoch_at) * 1000000)::bigint from accounts a where a.epoch_at > oldest;
end $$;

CREATE FUNCTION public.schema_version() RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$ select count(*) from schema_migrations $$;

CREATE FUNCTION public.search_alike(said text) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	asked text[] := regexp_split_to_array(btrim(words_folded(said)), '\s+');
	alike text;
	found boolean := false;
begin
	for i in 1 .. least(cardinality(asked), 8) loop
		continue when length(asked[i]) not between 4 and 40 or asked[i] ~ '\d';
		select case when word = asked[i] then null else word end into alike from search_words
		where word % asked[i] order by similarity(word, asked[i]) desc, met desc, word limit 1;
		if alike is not null then
			asked[i] := alike;
			found := true;
		end if;
	end loop;
	return case when found then array_to_string(asked, ' ') || ' ' end;
end $$;

CREATE FUNCTION public.search_block(at timestamp with time zone) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select floor(extract(epoch from at - timestamptz '1970-01-01 00:00:00+00') / 131072)::integer
$$;

CREATE FUNCTION public.search_extract(t public.tickets, words tsquery, internal boolean) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	how constant text := E'StartSel="\x01", StopSel="\x02", MaxWords=30, MinWords=10, ShortWord=0, MaxFragments=2, FragmentDelimiter=" … "';
	texts record;
	said text;
	extract text;
begin
	select * into texts from ticket_texts(t.id);
	for i in 0 .. case when internal then 1 else 0 end loop
		said := translate(left(case when i = 1 then texts.internal_text else texts.public_text end, 100000), E'<>&"\x01\x02', E'\x03\x04\x05\x06');
		extract := coalesce(ts_headline('guichet', said, words, how), extract);
		exit when extract like E'%\x01%';
	end loop;
	extract := replace(replace(replace(replace(extract, E'\x03', '&lt;'), E'\x04', '&gt;'), E'\x05', '&amp;'), E'\x06', '&quot;');
	return replace(replace(extract, E'\x01', '<mark>'), E'\x02', '</mark>');
end $$;

CREATE FUNCTION public.search_is_common(words tsquery, internal boolean) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ select search_is_common('{}'::jsonb, words, internal) $$;

CREATE FUNCTION public.search_is_common(asked jsonb, words tsquery, internal boolean) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	filters jsonb := asked - array['page', 'limit', 'sort', 'search', 'highlight'];
	hits bigint;
	n bigint;
begin
	if filters = '{}' then
		return count(*) filter (where s.public_words @@ words or (internal and s.internal_words @@ words)) >= 10 or count(*) < 100
		from (select t.id from tickets t order by t.created_at desc, t.id desc limit 100) newest
		join ticket_search s on s.ticket_id = newest.id;
	end if;
	select count(*), count(*) filter (where s.public_words @@ words or (internal and s.internal_words @@ words)) into n, hits
	from ticket_page(filters || '{"page": 1, "limit": 100}', null, null, internal, null) t
	join ticket_search s on s.ticket_id = t.id;
	return hits >= 10 or n < 100;
end $$;

CREATE FUNCTION public.search_keys(words tsvector, at timestamp with time zone) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
declare
	lexemes text[] := tsvector_to_array(words);
	block text := '.' || to_hex(floor(extract(epoch from at - timestamptz '1970-01-01 00:00:00+00') / 131072)::integer) || '.';
	joined text := block || array_to_string(lexemes, E'\n' || block);
begin
	while octet_length(joined) > 480000 loop
		lexemes := lexemes[1:greatest(1, cardinality(lexemes)::bigint * 450000 / octet_length(joined))];
		joined := block || array_to_string(lexemes, E'\n' || block);
	end loop;
	return array_to_tsvector(case when lexemes = '{}' then '{}' else lexemes || string_to_array(joined, E'\n') end);
end $$;

CREATE FUNCTION public.search_matches(words tsquery, internal boolean) RETURNS uuid[]
    LANGUAGE sql STABLE
    AS $$ select null::uuid[] $$;

CREATE FUNCTION public.search_matches(words tsquery, keys text, internal boolean) RETURNS uuid[]
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    AS $$
declare
	asked tsquery := replace(keys, E'\x01', '')::tsquery;
	matches uuid[];
begin
	if internal then
		select array_agg(ticket_id) into matches from (select s.ticket_id from ticket_search s
			where (search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words)
				or (s.internal_words <> '' and search_keys(s.internal_words, s.created_at) @@ asked and s.internal_words @@ words)
			limit 2001) found;
	else
		select array_agg(ticket_id) into matches from (select s.ticket_id from ticket_search s
			where search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words
			limit 2001) found;
	end if;
	return case when cardinality(matches) > 2000 then null else coalesce(matches, '{}') end;
end $$;

CREATE FUNCTION public.search_ranked(found uuid[], words tsquery, internal boolean) RETURNS uuid[]
    LANGUAGE sql STABLE
    AS $$
	select coalesce(array_agg(t.id order by
		(ts_rank_cd(s.public_words, words, 1) + case when internal then ts_rank_cd(s.internal_words, words, 1) else 0 end
			+ case when words_of(t.title) @@ words then 1 else 0 end)
		* (0.2 + 90 / (90 + extract(epoch from now() - t.created_at) / 86400)) desc, t.created_at desc, t.id desc), '{}')
	from unnest(found) as wanted(id) join tickets t using (id) join ticket_search s on s.ticket_id = t.id
$$;

CREATE FUNCTION public.search_walk(words tsquery, keys text, internal boolean, oldest integer, needed integer, INOUT block integer, OUT matches uuid[], OUT is_all boolean) RETURNS record
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_indexscan TO 'off'
    AS $$
declare
	asked tsquery;
	found uuid[];
	looked integer := 0;
	may_be_rare boolean := true;
begin
	matches := '{}';
	is_all := false;
	loop
		asked := replace(keys, E'\x01', '.' || to_hex(block) || '.')::tsquery;
		if internal then
			select array_agg(s.ticket_id) into found from ticket_search s
			where (search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words)
				or (s.internal_words <> '' and search_keys(s.internal_words, s.created_at) @@ asked and s.internal_words @@ words);
		else
			select array_agg(s.ticket_id) into found from ticket_search s
			where search_keys(s.public_words, s.created_at) @@ asked and s.public_words @@ words;
		end if;
		matches := matches || found;
		looked := looked + 1;
		if block = 0 then
			is_all := true;
			exit;
		end if;
		block := case when block > oldest then block - 1 else 0 end; -- 0: of tickets from before words were folded
		exit when cardinality(matches) >= needed;
		if may_be_rare and (looked = 3 and cardinality(matches) < 2 or looked = 30) then
			found := search_matches(words, keys, internal);
			may_be_rare := false;
			if found is not null then
				matches := found;
				is_all := true;
				exit;
			end if;
		end if;
	end loop;
end $$;

CREATE FUNCTION public.session_close_all(account uuid, session uuid, token_epoch integer, OUT verdict text, OUT new_epoch integer, OUT closed uuid[]) RETURNS record
    LANGUAGE plpgsql
    AS $$
declare
	own sessions;
begin
	perform from accounts a where a.id = account and a.epoch = token_epoch for update;
	if not found then
		verdict := 'revoked';
		return;
	end if;
	select * into own from sessions s where s.id = session and s.account_id = account for update;
	verdict := case when session is null or (own.id is not null and own.revoked_at is null) then 'all'
		when own.logged_out_at is not null then 'older' else 'revoked' end;
	if verdict = 'all' then
		update accounts a set epoch = a.epoch + 1 where a.id = account returning a.epoch into new_epoch;
	end if;
	if verdict = 'older' then
		update sessions s set logged_out_at = null where s.id = session;
	end if;
	with gone as (
		update sessions s set revoked_at = now()
		where s.account_id = account and s.revoked_at is null
			and (verdict = 'all' or (verdict = 'older' and s.created_at <= own.logged_out_at))
		returning s.id
	)
	select array_agg(id) into closed from gone;
end $$;

CREATE FUNCTION public.session_is_revoked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	new.revoked_xid := pg_current_xact_id();
	return new;
end $$;

CREATE FUNCTION public.session_refresh(old_hash bytea, new_hash bytea, ttl_s bigint, OUT verdict text, OUT session_id uuid, OUT account_id uuid, OUT email text, OUT role text, OUT epoch integer) RETURNS record
    LANGUAGE plpgsql
    AS $$
declare
	session sessions;
	account accounts;
begin
	select * into session from sessions s where s.refresh_hash = old_hash for update;
	if not found then
		select t.session_id into session_id from spent_tokens t where t.refresh_hash = old_hash;
		verdict := case when found then 'reused' else 'unknown' end;
		update sessions s set revoked_at = now() where s.id = session_refresh.session_id and s.revoked_at is null;
		return;
	end if;
	select * into account from accounts a where a.id = session.account_id;
	verdict := case when session.revoked_at is not null then 'unknown' when session.expires_at < now() then 'expired'
		when not account.active then 'disabled' when account.epoch <> session.epoch then 'unknown' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	insert into spent_tokens (refresh_hash, session_id) values (old_hash, session.id);
	update sessions s set refresh_hash = new_hash, expires_at = now() + make_interval(secs => ttl_s) where s.id = session.id;
	session_id := session.id;
	account_id := account.id;
	email := account.email;
	role := account.role;
	epoch := account.epoch;
end $$;

CREATE FUNCTION public.session_renew(old_hash bytea, new_hash bytea, ttl_s bigint, OUT verdict text, OUT session_id uuid, OUT account_id uuid, OUT email text, OUT role text, OUT epoch integer, OUT first_name text, OUT last_name text) RETURNS record
    LANGUAGE plpgsql
    AS $$
declare
	session sessions;
	account accounts;
	spent timestamptz;
begin
	select * into session from sessions s where s.refresh_hash = old_hash for update;
	if not found then
		select t.session_id, t.spent_at into session_id, spent from spent_tokens t where t.refresh_hash = old_hash;
		select * into session from sessions s where s.id = session_renew.session_id;
	end if;
	select * into account from accounts a where a.id = session.account_id;
	session_id := session.id;
	account_id := account.id;
	email := account.email;
	role := account.role;
	epoch := account.epoch;
	first_name := account.first_name;
	last_name := account.last_name;
	verdict := case when session.id is null or session.revoked_at is not null then 'unknown'
		when session.expires_at < now() then 'expired' when not account.active then 'disabled'
		when account.epoch <> session.epoch then 'unknown'
		when spent is null then 'ok'
		when spent < now() - interval '30 seconds' then 'reused'
		when session.refresh_hash = new_hash or exists (select from spent_tokens t
			where t.refresh_hash = new_hash and t.session_id = session.id) then 'again'
		else 'unknown' end; -- the key has changed in between: what followed then is not known now
	if verdict = 'reused' then
		update sessions s set revoked_at = now() where s.id = session.id and s.revoked_at is null;
		verdict := case when found then 'reused' else 'unknown' end;
	elsif verdict = 'ok' then
		insert into spent_tokens (refresh_hash, session_id) values (old_hash, session.id);
		update sessions s set refresh_hash = new_hash, expires_at = now() + make_interval(secs => ttl_s) where s.id = session.id;
	end if;
end $$;

CREATE FUNCTION public.shown_version(t public.tickets, is_staff boolean) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select case when is_staff then t.version else t.public_version end $$;

CREATE FUNCTION public.sweep(today date, most integer) RETURNS bigint
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
declare
	month timestamptz := today - 30;
	quarter timestamptz := today - 90;
	gone bigint;
	total bigint := 0;
begin
	delete from inbox_keyed where command_id in (
		select command_id from inbox_keyed where finished_at < month limit most);
	get diagnostics total = row_count;

	delete from inbox_default where (day, command_id) in (
		select day, command_id from inbox_default where day < today - 30 limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from event_inbox_default where (day, consumer, event_id) in (
		select day, consumer, event_id from event_inbox_default where day < today - 30 limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from outbox_default where (day, id) in (
		select o.day, o.id from outbox_default o, relay_cursor c
		where o.day < today - 30 and (o.xid, o.id) <= (c.xid, c.id) limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from suspects where command_id in (select command_id from suspects where started_at < month limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from sessions where id in (
		select id from sessions where expires_at < month and coalesce(revoked_at, expires_at) < month limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from spent_tokens where refresh_hash in (
		select refresh_hash from spent_tokens where spent_at < today - 366 limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from dead_letters where id in (
		select id from dead_letters where state = 'replayed' and died_at < quarter and replayed_at < quarter limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	-- Their ids begin with the time (UUIDv7).
	delete from mails where id in (
		select id from mails
		where id < (lpad(to_hex((extract(epoch from quarter) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
			and state in ('sent', 'failed') and created_at < quarter
		order by id limit most);
	get diagnostics gone = row_count;
	return total + gone;
end $$;

CREATE FUNCTION public.tags_are_open(is_staff boolean, access integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select is_staff or access & 128 <> 0 $$;

CREATE FUNCTION public.this_cluster() RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ select system_identifier from pg_control_system() $$;

CREATE FUNCTION public.ticket_end(ticket uuid) RETURNS uuid
    LANGUAGE sql STABLE
    AS $$
	with recursive chain(id, merged_into) as (
		select t.id, t.merged_into from tickets t where t.id = ticket
		union
		select t.id, t.merged_into from tickets t join chain c on t.id = c.merged_into
	)
	select id from chain where merged_into is null
$$;

CREATE FUNCTION public.ticket_family(ticket uuid, is_staff boolean) RETURNS SETOF uuid
    LANGUAGE sql STABLE ROWS 1
    AS $$
	with recursive family(id, owner_id) as (
		select t.id, t.owner_id from tickets t where t.id = ticket
		union
		select t.id, t.owner_id from tickets t join family f on t.merged_into = f.id
		where t.merged_at is not null and (is_staff or t.owner_id = f.owner_id)
	)
	select id from family
$$;

CREATE FUNCTION public.ticket_found(asked jsonb, owner uuid, words tsquery, keys text, internal boolean, OUT ids uuid[], OUT total bigint, OUT is_exact boolean) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	page_size bigint := asked ->> 'limit';
	page bigint := case when asked ? 'cursor' then 1 else (asked ->> 'page')::bigint end;
	needed bigint := page * page_size;
	sort text := coalesce(asked ->> 'sort', '-createdAt');
	matches uuid[];
	counted record;
begin
	if sort = 'relevance' then
		select * into counted from ticket_found(asked - 'sort' || '{"page": 1, "limit": 200}', owner, words, keys, internal);
		ids := search_ranked(counted.ids, words, internal);
		ids := ids[needed - page_size + 1 : needed];
		total := cardinality(counted.ids);
		is_exact := total < 200;
		return;
	end if;
	if sort = '-createdAt' and owner is null and keys is not null and not search_is_common(asked, words, internal) then
		select * into ids, total, is_exact from ticket_found_newest(asked, words, keys, internal);
		return;
	end if;
	if sort <> '-createdAt' and owner is null and keys is not null then
		matches := search_matches(words, keys, internal);
	end if;
	ids := array(select id from ticket_page(asked, owner, case when matches is null then words end, internal, matches));
	if not asked ? 'cursor' and cardinality(ids) < page_size and (ids <> '{}' or page = 1) then -- the last page says it itself
		total := needed - page_size + cardinality(ids);
		is_exact := true;
	else
		select * into total, is_exact from ticket_total(asked, owner, case when matches is null then words end, internal, matches);
		total := greatest(total, needed - page_size + cardinality(ids) + case when is_exact then 0 else 1 end);
	end if;
end $$;

CREATE FUNCTION public.ticket_found_newest(asked jsonb, words tsquery, keys text, internal boolean, OUT ids uuid[], OUT total bigint, OUT is_exact boolean) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	place text := asked ->> 'cursor';
	page_size bigint := asked ->> 'limit';
	needed bigint := page_size * case when place is null then (asked ->> 'page')::bigint else 1 end;
	newest timestamptz := coalesce(cursor_time(place), (select t.created_at from tickets t order by t.created_at desc, t.id desc limit 1));
	oldest integer := search_block((select t.created_at from tickets t order by t.created_at, t.id limit 1));
	block integer := search_block(case when asked ? 'createdTo' then least(newest, moment_behind(asked ->> 'createdTo')) else newest end);
	is_bare boolean := asked - array['page', 'limit', 'cursor', 'sort', 'search', 'highlight', 'userId'] = '{}';
	walked record;
	matches uuid[];
	tried uuid[] := '{}';
begin
	ids := '{}';
	loop
		select * into walked from search_walk(words, keys, internal, oldest, (needed - cardinality(ids))::integer, block);
		block := walked.block;
		matches := case when walked.is_all and tried <> '{}' then array(select unnest(walked.matches) except select unnest(tried))
			else walked.matches end;
		if matches <> '{}' then
			tried := tried || matches;
			-- Without a filter each is looked up; a page that is planned might walk through all tickets for them.
			ids := ids || case when is_bare then array(select t.id from unnest(matches) m(id) join tickets t using (id)
				where t.deleted_at is null and (place is null or (t.created_at, t.id) < (newest, cursor_id(place)))
				order by t.created_at desc, t.id desc limit needed - cardinality(ids))
			else array(select id from ticket_page(asked || jsonb_build_object('page', 1, 'limit', needed - cardinality(ids)),
				null, null, internal, matches)) end;
		end if;
		exit when cardinality(ids) >= needed or walked.is_all;
	end loop;
	is_exact := place is null and cardinality(ids) < needed;
	total := case when is_exact then cardinality(ids) else greatest(needed + 1, cardinality(tried)) end;
	if walked.is_all and not is_exact then
		select * into total, is_exact from ticket_total(asked, null, null, internal, tried);
	end if;
	ids := ids[needed - page_size + 1 :];
end $$;

CREATE FUNCTION public.ticket_id_of(said text) RETURNS uuid
    LANGUAGE sql STABLE
    AS $_$
	select case when said ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' then said::uuid
		else (select id from tickets where number = any(number_candidates(said)) and said ~* '^#?HD-') end
$_$;

CREATE FUNCTION public.ticket_json(t public.tickets, is_staff boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$ select ticket_json(t, is_staff, 0) $$;

CREATE FUNCTION public.ticket_json(t public.tickets, is_staff boolean, access integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'description', t.description, 'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''),
		'userId', t.owner_id, 'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id,
		'watchers', t.watchers, 'resolution', t.resolution, 'commentCount', comments_shown(t, is_staff),
		'version', shown_version(t, is_staff), 'createdAt', t.created_at,
		'updatedAt', case when is_staff then t.updated_at else t.public_updated_at end, 'resolvedAt', t.resolved_at, 'closedAt', t.closed_at,
		'dueDate', t.due_at, 'mergedInto', t.merged_into,
		'mergedIntoNumber', case when t.merged_into is not null then ticket_number_of(t.merged_into) end,
		'followUpTo', t.follow_up_to, 'descriptionAuthorId', coalesce(t.description_author_id, t.owner_id),
		'isOverdue', t.due_at < now() and t.status not in ('resolved', 'closed'),
		'sla', jsonb_build_object('responseDue', t.response_due_at, 'resolutionDue', t.due_at,
			'firstResponseAt', t.first_response_at))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
$$;

CREATE FUNCTION public.ticket_list(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT version bigint, OUT role text, OUT data text, OUT pagination text, OUT alike text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	who record;
	asked jsonb := '{"page": 1, "limit": 10}' || wanted;
	page bigint := asked ->> 'page';
	page_size bigint := asked ->> 'limit';
	owner uuid := asked ->> 'userId';
	question record;
	words tsquery;
	sort text := coalesce(asked ->> 'sort', '-createdAt');
	counted record;
	shown jsonb;
	next_place text;
	n integer;
begin
	select * into who from actor_of(actor);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden'
		when page * page_size > 100000 and not asked ? 'cursor' then 'too_far'
		else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if not who.is_staff then
		-- Who is not shown tags must not be able to ask for them either.
		if owner <> who.id or (asked ? 'tag' and not tags_are_open(false, access)) then
			verdict := 'forbidden';
			return;
		end if;
		owner := who.id;
	end if;
	if asked ? 'assigneeId' then
		asked := jsonb_set(asked, '{assigneeId}', to_jsonb(array_replace(jsonb_texts(asked -> 'assigneeId'), 'me', who.id::text)));
	end if;
	if asked ? 'search' then
		select * into question from words_asked(asked ->> 'search');
		words := question.words;
	end if;
	if words is null then
		select coalesce(jsonb_agg(ticket_row_json(t, who.is_staff, access)), '[]'), count(*),
			(array_agg(case when sort = '-createdAt' then cursor_of(t.created_at, t.id) else ticket_place(t, sort, who.is_staff) end))[count(*)]
		into shown, n, next_place
		from ticket_page(asked, owner, null, who.is_staff, null) t;
		if not asked ? 'cursor' and n < page_size and (n > 0 or page = 1) then -- the last page says it itself
			select (page - 1) * page_size + n as total, true as is_exact into counted;
		else
			select * into counted from ticket_total(asked, owner, null, who.is_staff, null);
		end if;
	else
		select * into counted from ticket_search_for(asked, owner, words, question.keys, who.is_staff);
		select coalesce(jsonb_agg(ticket_row_json(t, who.is_staff, access)
				|| case when (asked ->> 'highlight')::boolean then jsonb_build_object('highlight', search_extract(t, counted.words, who.is_staff))
					else '{}' end order by f.place), '[]'), count(*),
			(array_agg(ticket_place(t, sort, who.is_staff) order by f.place))[count(*)]
		into shown, n, next_place
		from unnest(counted.ids) with ordinality f(id, place) join tickets t using (id);
		alike := to_jsonb(counted.alike);
	end if;
	data := jsonb_build_object('tickets', shown, 'totalCount', counted.total, 'page', page, 'limit', page_size,
		'totalPages', ceil(counted.total::numeric / page_size));
	pagination := page_json(page, page_size, counted.total) || jsonb_build_object('currentPage', page,
		'totalTickets', counted.total, 'totalIsExact', counted.is_exact,
		'hasNext', case when counted.is_exact and not asked ? 'cursor' then page * page_size < counted.total else n = page_size end,
		'nextCursor', case when n = page_size and sort <> 'relevance' then next_place end);
end $$;

CREATE FUNCTION public.ticket_list(actor uuid, access integer, page bigint, page_size bigint, place text, wanted_owner uuid, wanted_assignee uuid, wanted_status text, wanted_priority text, wanted_category text, overdue boolean, search text, wanted_tag text, wanted_order text, OUT verdict text, OUT version bigint, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE sql STABLE
    AS $$
	select verdict, version, role, data, pagination from ticket_list(actor, access, jsonb_strip_nulls(jsonb_build_object('page', page, 'limit', page_size, 'cursor', place,
		'userId', wanted_owner, 'assigneeId', wanted_assignee, 'status', wanted_status, 'priority', wanted_priority,
		'category', wanted_category, 'overdue', overdue, 'search', search, 'tag', wanted_tag, 'sort', wanted_order)))
$$;

CREATE FUNCTION public.ticket_number_of(ticket uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select t.number from tickets t where t.id = ticket);
end $$;

CREATE FUNCTION public.ticket_page(wanted jsonb, owner uuid, words tsquery, internal boolean, matches uuid[]) RETURNS SETOF public.tickets
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	place text := wanted ->> 'cursor';
	page_size bigint := wanted ->> 'limit';
	skipped bigint := case when place is null then ((wanted ->> 'page')::bigint - 1) * page_size else 0 end;
	sort text := coalesce(nullif(wanted ->> 'sort', 'relevance'), '-createdAt');
	rising boolean := sort not like '-%';
	key text := ltrim(sort, '-');
	rank integer := case when place is not null and key in ('priority', 'status') then split_part(place, '.', 1)::integer end;
	at timestamptz := case when place is not null and key <> 'number' then cursor_time(substr(place, 1 + strpos(split_part(place, '_', 1), '.'))) end;
	last_id uuid := case when place is not null then cursor_id(place) end;
	last_number text := case when place is not null and key = 'number' then split_part(place, '_', 1) end;
	changed integer := floor(extract(epoch from at) / 8192);
	statuses text[] := case when wanted ? 'status' then jsonb_texts(wanted -> 'status') end;
	priorities text[] := case when wanted ? 'priority' then jsonb_texts(wanted -> 'priority') end;
	categories text[] := case when wanted ? 'category' then jsonb_texts(wanted -> 'category') end;
	tags_wanted text[] := case when wanted ? 'tag' then jsonb_texts(wanted -> 'tag') end;
	people text[] := case when wanted ? 'assigneeId' then jsonb_texts(wanted -> 'assigneeId') end;
	assignees uuid[] := nullif(array_remove(people, 'none'), '{}');
	or_nobodys boolean := 'none' = any(people);
	status_1 text := case when cardinality(statuses) = 1 then statuses[1] end;
	priority_1 text := case when cardinality(priorities) = 1 then priorities[1] end;
	category_1 text := case when cardinality(categories) = 1 then categories[1] end;
	assignee_1 uuid := case when cardinality(assignees) = 1 and not or_nobodys then assignees[1] end;
	created_from timestamptz := case when wanted ? 'createdFrom' then moment_of(wanted ->> 'createdFrom') end;
	created_to timestamptz := case when wanted ? 'createdTo' then moment_behind(wanted ->> 'createdTo') end;
	updated_from timestamptz := case when wanted ? 'updatedFrom' then moment_of(wanted ->> 'updatedFrom') end;
	updated_to timestamptz := case when wanted ? 'updatedTo' then moment_behind(wanted ->> 'updatedTo') end;
	due_before timestamptz := case when wanted ? 'dueBefore' then moment_of(wanted ->> 'dueBefore') end;
	is_everyday boolean := sort = '-createdAt' and wanted - array['page', 'limit', 'cursor', 'sort', 'userId', 'search', 'highlight',
			'status', 'priority', 'category', 'assigneeId'] = '{}'
		and (status_1 is not null or statuses is null) and (priority_1 is not null or priorities is null)
		and (category_1 is not null or categories is null) and (assignee_1 is not null or people is null);
begin
	-- What nearly every list asks for, planned in half the time of the statement that knows everything.
	if is_everyday then
		return query
		select t.* from tickets t left join ticket_search s on s.ticket_id = t.id
		where t.deleted_at is null
			and (owner is null or t.owner_id = owner)
			and (assignee_1 is null or t.assignee_id = assignee_1)
			and (status_1 is null or rank_of_status(t.status) = rank_of_status(status_1))
			and (priority_1 is null or rank_of_priority(t.priority) = rank_of_priority(priority_1))
			and (category_1 is null or t.category = category_1)
			and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
			and (matches is null or t.id = any(matches))
			and (place is null or (t.created_at, t.id) < (at, last_id))
		order by t.created_at desc, t.id desc
		limit page_size offset skipped;
		return;
	end if;
	return query
	select t.* from tickets t left join ticket_search s on s.ticket_id = t.id
	where t.deleted_at is null
		and (owner is null or t.owner_id = owner)
		and (assignee_1 is null or t.assignee_id = assignee_1)
		and (people is null or assignee_1 is not null or t.assignee_id = any(assignees) or (or_nobodys and t.assignee_id is null))
		and (status_1 is null or rank_of_status(t.status) = rank_of_status(status_1))
		and (statuses is null or status_1 is not null or t.status = any(statuses))
		and (priority_1 is null or rank_of_priority(t.priority) = rank_of_priority(priority_1))
		and (priorities is null or priority_1 is not null or t.priority = any(priorities))
		and (category_1 is null or t.category = category_1)
		and (categories is null or category_1 is not null or t.category = any(categories))
		and (tags_wanted is null or t.tags && tags_wanted)
		and (not wanted ? 'number' or t.number = any(number_candidates(wanted ->> 'number')))
		and (created_from is null or t.created_at >= created_from)
		and (created_to is null or t.created_at < created_to)
		and (updated_from is null or not internal or t.changed_in >= floor(extract(epoch from updated_from) / 8192)::integer)
		and (updated_from is null or (case when internal then t.updated_at else t.public_updated_at end) >= updated_from)
		and (updated_to is null or (case when internal then t.updated_at else t.public_updated_at end) < updated_to)
		and (due_before is null or t.due_at < due_before)
		and (not wanted ? 'overdue'
			or (wanted ->> 'overdue')::boolean = (t.due_at < now() and t.status not in ('resolved', 'closed')))
		and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
		and (matches is null or t.id = any(matches))
		and (place is null or case sort
			when 'createdAt' then (t.created_at, t.id) > (at, last_id)
			when 'dueDate' then (t.due_at, t.id) > (at, last_id)
			when '-dueDate' then (t.due_at, t.id) < (at, last_id)
			when 'priority' then (rank_of_priority(t.priority), t.created_at, t.id) > (rank, at, last_id)
			when '-priority' then (rank_of_priority(t.priority), t.created_at, t.id) < (rank, at, last_id)
			when 'status' then (rank_of_status(t.status), t.created_at, t.id) > (rank, at, last_id)
			when '-status' then (rank_of_status(t.status), t.created_at, t.id) < (rank, at, last_id)
			when 'number' then (length(t.number), t.number) > (length(last_number), last_number)
			when '-number' then (length(t.number), t.number) < (length(last_number), last_number)
			when 'updatedAt' then case when internal then (t.changed_in, t.updated_at, t.id) > (changed, at, last_id)
				else (t.public_updated_at, t.id) > (at, last_id) end
			when '-updatedAt' then case when internal then (t.changed_in, t.updated_at, t.id) < (changed, at, last_id)
				else (t.public_updated_at, t.id) < (at, last_id) end
			else (t.created_at, t.id) < (at, last_id) end)
	-- A case that is constant when the statement is planned vanishes.
	order by
		case when rising then case key when 'priority' then rank_of_priority(t.priority) when 'status' then rank_of_status(t.status)
			when 'number' then length(t.number) when 'updatedAt' then case when internal then t.changed_in end end end,
		case when not rising then case key when 'priority' then rank_of_priority(t.priority) when 'status' then rank_of_status(t.status)
			when 'number' then length(t.number) when 'updatedAt' then case when internal then t.changed_in end end end desc,
		case sort when 'number' then t.number end,
		case sort when '-number' then t.number end desc,
		case when rising and key <> 'number' then case key when 'dueDate' then t.due_at
			when 'updatedAt' then case when internal then t.updated_at else t.public_updated_at end else t.created_at end end,
		case when not rising and key <> 'number' then case key when 'dueDate' then t.due_at
			when 'updatedAt' then case when internal then t.updated_at else t.public_updated_at end else t.created_at end end desc,
		case when rising and key <> 'number' then t.id end,
		case when not rising and key <> 'number' then t.id end desc
	limit page_size offset skipped;
end $$;

CREATE FUNCTION public.ticket_page(page bigint, page_size bigint, place text, owner uuid, assignee uuid, wanted_status text, wanted_priority text, wanted_category text, overdue boolean, words tsquery, internal boolean, wanted_tag text, matches uuid[], wanted_order text) RETURNS SETOF public.tickets
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query
	select t.* from tickets t left join ticket_search s on s.ticket_id = t.id
	where t.deleted_at is null
		and (owner is null or t.owner_id = owner)
		and (assignee is null or t.assignee_id = assignee)
		and (wanted_status is null or t.status = wanted_status)
		and (wanted_priority is null or t.priority = wanted_priority)
		and (wanted_category is null or t.category = wanted_category)
		and (wanted_tag is null or t.tags @> array[wanted_tag])
		and (overdue is null or overdue = (t.due_at < now() and t.status not in ('resolved', 'closed')))
		and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
		and (matches is null or t.id = any(matches))
		and (place is null or (t.created_at, t.id) < (cursor_time(place), cursor_id(place)))
	-- A case that is constant when the statement is planned vanishes; newest first has an index for every filter, the
	-- other orders sort what the filters leave.
	order by
		case wanted_order when 'createdAt' then t.created_at when 'dueDate' then t.due_at end,
		case wanted_order when '-dueDate' then t.due_at when '-updatedAt' then t.updated_at end desc,
		case when wanted_order = '-priority' then array_position(array['urgent', 'high', 'medium', 'low'], t.priority) end,
		t.created_at desc, t.id desc
	limit page_size offset case when place is null then (page - 1) * page_size else 0 end;
end $$;

CREATE FUNCTION public.ticket_place(t public.tickets, sort text, internal boolean) RETURNS text
    LANGUAGE sql STABLE
    AS $$
	select case ltrim(sort, '-') when 'dueDate' then cursor_of(t.due_at, t.id)
		when 'updatedAt' then cursor_of(case when internal then t.updated_at else t.public_updated_at end, t.id)
		when 'priority' then rank_of_priority(t.priority) || '.' || cursor_of(t.created_at, t.id)
		when 'status' then rank_of_status(t.status) || '.' || cursor_of(t.created_at, t.id)
		when 'number' then t.number || '_' || t.id
		else cursor_of(t.created_at, t.id) end
$$;

CREATE FUNCTION public.ticket_row_json(t public.tickets, is_staff boolean, access integer) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', t.id, 'number', t.number, 'ticketNumber', t.number, 'title', t.title,
		'status', t.status, 'priority', t.priority, 'category', nullif(t.category, ''), 'userId', t.owner_id,
		'assignedTo', t.assignee_id, 'assigneeId', t.assignee_id, 'commentCount', t.comment_count - case when is_staff then 0 else t.internal_count end,
		'version', shown_version(t, is_staff), 'createdAt', t.created_at,
		'updatedAt', case when is_staff then t.updated_at else t.public_updated_at end, 'dueDate', t.due_at,
		'isOverdue', t.due_at < now() and t.status not in ('resolved', 'closed'))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
$$;

CREATE FUNCTION public.ticket_said(t public.tickets, is_staff boolean) RETURNS TABLE(comment public.ticket_comments, from_number text, place bigint)
    LANGUAGE plpgsql STABLE ROWS 20
    AS $$
begin
	-- A ticket that has nothing to do with merges: most.
	if t.merged_count = 0 and t.merged_at is null then
		return query select c, null::text, case when is_staff then c.seq::bigint else row_number() over (order by c.seq) end
		from ticket_comments c where c.ticket_id = t.id and (is_staff or not c.is_internal);
		return;
	end if;
	return query
	with family as materialized (
		select s.* from ticket_family(t.id, is_staff) f(id) join tickets s using (id)
	), apart as (
		with recursive chain(id) as (
			select m.merged_into from tickets m join tickets into_it on into_it.id = m.merged_into
			where m.id = t.id and m.merged_at is not null and into_it.owner_id <> m.owner_id and not is_staff
			union
			select s.merged_into from chain c join tickets s on s.id = c.id where s.merged_into is not null
		)
		select id from chain
	), said as (
		select c, case when c.ticket_id <> t.id then s.number end as from_number
		from family s join ticket_comments c on c.ticket_id = s.id where is_staff or not c.is_internal
		union all
		select jsonb_populate_record(null::ticket_comments, jsonb_build_object('id', s.id, 'ticket_id', s.id, 'seq', 0,
			'author_id', coalesce(s.description_author_id, s.owner_id), 'is_internal', false, 'created_at', s.created_at,
			'content', s.description)), s.number
		from family s where s.id <> t.id
		union all
		select c, null from apart a join ticket_comments c on c.ticket_id = a.id
		where not c.is_internal and c.created_at > t.merged_at
	)
	select s.c, s.from_number, row_number() over (order by (s.c).created_at, (s.c).id) from said s;
end $$;

CREATE FUNCTION public.ticket_search_for(asked jsonb, owner uuid, INOUT words tsquery, keys text, internal boolean, OUT ids uuid[], OUT total bigint, OUT is_exact boolean, OUT alike text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	page_size bigint := asked ->> 'limit';
	is_first boolean := not asked ? 'cursor' and (asked ->> 'page')::bigint = 1;
	meant text[] := case when is_first and asked ->> 'search' ~* '^\s*#?(hd-)?\d' then number_candidates(asked ->> 'search') end;
	named uuid[];
	question record;
begin
	select f.ids, f.total, f.is_exact into ids, total, is_exact from ticket_found(asked, owner, words, keys, internal) f;
	if meant is not null then
		named := array(select id from ticket_page(asked - 'sort' || jsonb_build_object('number', asked -> 'search'), owner, null, internal, null));
		total := total + (select count(*) from unnest(named) id where id <> all(ids));
		ids := (named || array(select id from unnest(ids) with ordinality f(id, place) where id <> all(named) order by place))[1:page_size];
	end if;
	if is_first and ids = '{}' then
		alike := search_alike(asked ->> 'search');
		if alike is not null then
			select * into question from words_asked(alike);
			select f.ids, f.total, f.is_exact into ids, total, is_exact from ticket_found(asked, owner, question.words, question.keys, internal) f;
			words := question.words;
			alike := case when ids <> '{}' then btrim(alike) end;
		end if;
	end if;
end $$;

CREATE FUNCTION public.ticket_texts(ticket uuid, OUT public_text text, OUT internal_text text) RETURNS record
    LANGUAGE sql STABLE
    AS $$
	with living as (
		select t.id, t.title || ' ' || t.description as text
		from ticket_family(ticket, false) f(id) join tickets t using (id)
		where not exists (select from tickets me join tickets other on other.id = me.merged_into
			where me.id = ticket and me.merged_at is not null and other.owner_id = me.owner_id)
	), said as (
		select c.content, c.is_internal, c.created_at, c.id from living l join ticket_comments c on c.ticket_id = l.id
		where l.id = ticket or c.author_id is not null
	)
	select concat_ws(' ', (select string_agg(text, ' ' order by id) from living),
			(select string_agg(content, ' ' order by created_at, id) from said where not is_internal)),
		coalesce((select string_agg(content, ' ' order by created_at, id) from said where is_internal), '')
$$;

CREATE FUNCTION public.ticket_total(wanted jsonb, owner uuid, words tsquery, internal boolean, matches uuid[], OUT total bigint, OUT is_exact boolean) RETURNS record
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	filters jsonb := wanted - array['page', 'limit', 'cursor', 'sort', 'search', 'userId', 'highlight'];
	assignees text[] := case when filters ? 'assigneeId' then jsonb_texts(filters -> 'assigneeId') end;
	statuses text[] := case when filters ? 'status' then jsonb_texts(filters -> 'status') end;
	priorities text[] := case when filters ? 'priority' then jsonb_texts(filters -> 'priority') end;
	assignee uuid := nullif(assignees[1], 'none');
	most constant bigint := 1000;
	looked bigint;
begin
	if filters - array['assigneeId', 'status', 'priority'] = '{}' and words is null and matches is null
			and (assignees is null or owner is null and cardinality(assignees) = 1 and assignee is not null) then
		select coalesce(sum(c.n), 0) into total from ticket_counters c
		where c.scope = case when owner is not null then 'owner' when assignee is not null then 'assignee' else 'all' end
			and c.scope_id = coalesce(owner, assignee, '00000000-0000-0000-0000-000000000000')
			and (statuses is null or c.status = any(statuses))
			and (priorities is null or c.priority = any(priorities));
		is_exact := true;
		return;
	end if;
	if words is not null then
		select count(*) filter (where s.public_words @@ words or (internal and s.internal_words @@ words)), count(*) into total, looked
		from ticket_page(filters || '{"page": 1, "limit": 500}', owner, null, internal, matches) t
		join ticket_search s on s.ticket_id = t.id;
		is_exact := looked < 500;
		return;
	end if;
	select count(*) into total
	from ticket_page(filters || jsonb_build_object('page', 1, 'limit', most + 1), owner, words, internal, matches);
	is_exact := total <= most;
	total := least(total, most);
end $$;

CREATE FUNCTION public.ticket_total(owner uuid, assignee uuid, wanted_status text, wanted_priority text, wanted_category text, overdue boolean, words tsquery, internal boolean, wanted_tag text, matches uuid[], OUT total bigint, OUT is_exact boolean) RETURNS record
    LANGUAGE sql STABLE
    AS $$
	select * from ticket_total(jsonb_strip_nulls(jsonb_build_object('assigneeId', assignee, 'status', wanted_status,
		'priority', wanted_priority, 'category', wanted_category, 'overdue', overdue, 'tag', wanted_tag)), owner, words,
		internal, matches)
$$;

CREATE FUNCTION public.ticket_verdict(active boolean, bits integer, access integer, actor uuid, ticket uuid, owner uuid) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
	select case when not active then 'disabled' when ticket is null then 'missing'
		when (bits | case when owner = actor then 4 else 0 end) & access <> 0 then 'ok' else 'forbidden' end
$$;

CREATE FUNCTION public.title_at_first(t public.tickets) RETURNS text
    LANGUAGE sql STABLE
    AS $$
	select coalesce((select h.new_value from ticket_history h
		where h.ticket_id = t.id and h.version = 1 and h.field = 'title' limit 1), t.title)
$$;

CREATE FUNCTION public.today() RETURNS date
    LANGUAGE sql STABLE
    AS $$ select (now() at time zone 'utc')::date $$;

CREATE FUNCTION public.tokens_purge(actor uuid, OUT verdict text, OUT sessions_gone bigint, OUT tokens_gone bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
	month timestamptz := now() - interval '30 days';
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	with gone as (
		delete from spent_tokens where refresh_hash in (
			select t.refresh_hash from spent_tokens t join sessions s on s.id = t.session_id
			where s.expires_at < now() or s.revoked_at is not null limit 50000)
		returning 1
	)
	select count(*) into tokens_gone from gone;
	-- Longer than the longest life of an access token, which is revoked by its session's row.
	with gone as (
		delete from sessions where id in (
			select id from sessions where expires_at < month and coalesce(revoked_at, expires_at) < month limit 50000)
		returning 1
	)
	select count(*) into sessions_gone from gone;
end $$;

CREATE FUNCTION public.upkeep_day(at timestamp with time zone) RETURNS date
    LANGUAGE plpgsql
    AS $$
begin
	update upkeep set day = least((at at time zone 'utc')::date, day + 1), moved_at = at
	where moved_at not between at - interval '59 minutes' and at;
	return (select day from upkeep);
end $$;

CREATE FUNCTION public.upkeep_drop(parent text) RETURNS text
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select partition_drop(parent, upkeep_day(now())) where parent in ('inbox', 'outbox', 'event_inbox')
$$;

CREATE FUNCTION public.upkeep_sweep() RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$ select sweep(upkeep_day(now()), 1000) >= 1000 $$;

CREATE FUNCTION public.upkeep_words() RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select words_fold_more(200) >= 200 or words_learn(1000) >= 1000
$$;

CREATE FUNCTION public.words_asked(said text, OUT words tsquery, OUT keys text) RETURNS record
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
declare
	part text[];
	wordlist text[];
	phrase tsquery;
	is_open boolean;
	is_negated boolean;
begin
	said := translate(said, U&'\201C\201D\201E\00AB\00BB\FF02', '""""""');
	for part in select regexp_matches(said, '(-?)"([^"]*)("?)|(\S+)(\s?)', 'g') loop
		is_negated := coalesce(part[1] = '-', part[4] ~ '^-+[^-\d\s]');
		is_open := coalesce(part[3], part[5]) = '' and coalesce(part[4] !~ '[!-/:-@[-`{-~]$', true);
		wordlist := regexp_split_to_array(btrim(words_folded(coalesce(part[2], part[4])), E' \t\r\n'), '\s+');
		phrase := asked_side_by_side(wordlist, is_open and not is_negated);
		if phrase is null or numnode(phrase) = 0 then
			continue;
		end if;
		if is_negated then
			words := coalesce(words && !!phrase, !!phrase);
		else
			words := coalesce(words && phrase, phrase);
			keys := concat_ws(' & ', keys, regexp_replace(replace(phrase::text, ' <-> ', ' & '), '''([^'']*)''', E'''\x01\\1''', 'g'));
		end if;
	end loop;
end $_$;

CREATE FUNCTION public.words_fold_more(most integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
	wanted uuid[];
	n integer;
begin
	select array_agg(ticket_id) into wanted from (
		select ticket_id from ticket_search where not is_folded limit most for update skip locked) locked;
	update ticket_search s set created_at = t.created_at, is_folded = true, public_words = words_of(said.public_text),
		internal_words = words_of(said.internal_text)
	from tickets t, ticket_texts(t.id) said
	where t.id = s.ticket_id and s.ticket_id = any(wanted);
	if wanted is null then
		update accounts set words = words_of(concat_ws(' ', first_name, last_name, email, department))
		where id in (select id from accounts where words is null limit most for update skip locked);
		get diagnostics n = row_count;
		return n;
	end if;
	return cardinality(wanted);
end $$;

CREATE FUNCTION public.words_folded(said text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $_$
declare
	unspaced constant text := '[\u0E00-\u0EFF\u1100-\u11FF\u3005-\u3007\u3040-\u30FF\u3130-\u318F\u31F0-\u31FF\u3400-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF]';
begin
	if octet_length(said) <> length(said) then
		said := public.unaccent('public.unaccent', normalize(said, NFKC));
		if said ~ '[\u00AD\u0300-\u036F\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]' then
			said := regexp_replace(said, '[\u00AD\u0300-\u036F\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]', '', 'g');
		end if;
		if said ~ unspaced then
			said := regexp_replace(regexp_replace(said, '(' || unspaced || '+)', ' \1 ', 'g'), '(' || unspaced || ')', '\1 \1', 'g');
		end if;
	end if;
	return translate(lower(said), E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~', repeat(' ', 32));
end $_$;

CREATE FUNCTION public.words_joined(there tsvector, said tsvector) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE
    AS $$
begin
	return there || said;
exception when program_limit_exceeded then
	return there;
end $$;

CREATE FUNCTION public.words_learn(most integer) RETURNS integer
    LANGUAGE plpgsql
    AS $$
declare
	place search_words_learnt;
	ids uuid[];
begin
	select * into place from search_words_learnt for update;
	select array_agg(id order by created_at, id) into ids from (
		select t.id, t.created_at from tickets t
		where (t.created_at, t.id) > (place.created_at, place.ticket_id) and t.created_at < now() - interval '1 minute'
		order by t.created_at, t.id limit most) next;
	if ids is null then
		return 0;
	end if;
	insert into search_words as w (word, met)
	select word, count(*) from ticket_search s, unnest(tsvector_to_array(s.public_words)) word
	where s.ticket_id = any(ids) and length(word) between 4 and 40 and word !~ '\d'
	group by word order by word
	on conflict (word) do update set met = w.met + excluded.met;
	update search_words_learnt set (created_at, ticket_id) = (select t.created_at, t.id from tickets t where t.id = ids[cardinality(ids)]);
	return cardinality(ids);
end $$;

CREATE FUNCTION public.words_of(said text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $$
declare
	most integer := 300000;
begin
	if said = '' then
		return '';
	end if;
	said := words_folded(said);
	if said ~ '\d{3}[^\d\s]|[^\d\s]\d{3}' then
		said := said || ' ' || coalesce((select string_agg(run[1], ' ')
			from regexp_matches(said, '(?<=[^\d\s])\d{3,}|\d{3,}(?=[^\d\s])', 'g') run), '');
	end if;
	if octet_length(said) < 150000 then
		return to_tsvector('simple', said);
	end if;
	loop
		while octet_length(said) > most loop
			said := left(said, (length(said)::bigint * most / octet_length(said))::integer);
		end loop;
		begin
			return to_tsvector('simple', said);
		exception when program_limit_exceeded then
			most := most / 2;
		end;
	end loop;
end $$;

CREATE TEXT SEARCH CONFIGURATION public.guichet (
    PARSER = pg_catalog."default" );

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR asciiword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR word WITH public.unaccent, simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR numword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR email WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR url WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR host WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR sfloat WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR version WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR hword_numpart WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR hword_part WITH public.unaccent, simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR hword_asciipart WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR numhword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR asciihword WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR hword WITH public.unaccent, simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR url_path WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR file WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR "float" WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR "int" WITH simple;

ALTER TEXT SEARCH CONFIGURATION public.guichet
    ADD MAPPING FOR uint WITH simple;

CREATE TABLE public.audit_segments (
    last_seq bigint NOT NULL,
    last_hash bytea NOT NULL,
    last_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone DEFAULT now() NOT NULL
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

CREATE TABLE public.dependencies (
    name text NOT NULL,
    is_up boolean NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    said text
);

CREATE TABLE public.event_inbox (
    day date NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL
)
PARTITION BY RANGE (day);

CREATE TABLE public.event_inbox_default (
    day date NOT NULL,
    consumer text NOT NULL,
    event_id uuid NOT NULL
);

CREATE TABLE public.inbox_default (
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
);

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
    first_refused_at timestamp with time zone,
    CONSTRAINT mail_priority_is_known CHECK ((priority = ANY (ARRAY[1, 2, 3]))),
    CONSTRAINT mail_sent_has_sent_at CHECK (((state = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT mail_state_is_known CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text])))
);

CREATE TABLE public.outbox (
    day date DEFAULT ((now() AT TIME ZONE 'utc'::text))::date NOT NULL,
    id bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    exchange text NOT NULL,
    routing_key text NOT NULL,
    type text NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL
)
PARTITION BY RANGE (day);

CREATE TABLE public.outbox_default (
    day date DEFAULT ((now() AT TIME ZONE 'utc'::text))::date NOT NULL,
    id bigint NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    exchange text NOT NULL,
    routing_key text NOT NULL,
    type text NOT NULL,
    headers jsonb NOT NULL,
    body text NOT NULL
);

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
    cluster bigint DEFAULT 0 NOT NULL,
    CONSTRAINT relay_cursor_is_one_row CHECK (only_row)
);

CREATE TABLE public.schema_migrations (
    name text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL,
    checksum text NOT NULL
);

CREATE TABLE public.search_words (
    word text NOT NULL,
    met integer NOT NULL,
    CONSTRAINT search_word_is_a_word CHECK (((length(word) >= 4) AND (length(word) <= 40)))
);

CREATE TABLE public.search_words_learnt (
    created_at timestamp with time zone DEFAULT '-infinity'::timestamp with time zone NOT NULL,
    ticket_id uuid DEFAULT '00000000-0000-0000-0000-000000000000'::uuid NOT NULL,
    singleton boolean DEFAULT true NOT NULL,
    CONSTRAINT search_words_learnt_has_one_row CHECK (singleton)
);

CREATE TABLE public.sessions (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    refresh_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_xid xid8,
    epoch integer DEFAULT 0 NOT NULL,
    logged_out_at timestamp with time zone
);

CREATE TABLE public.spent_tokens (
    refresh_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    spent_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.suspects (
    command_id uuid NOT NULL,
    starts integer NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.ticket_attachments (
    id uuid NOT NULL,
    ticket_id uuid NOT NULL,
    file_id uuid NOT NULL,
    uploaded_by uuid,
    file_name text NOT NULL,
    file_size bigint NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.ticket_categories (
    id uuid NOT NULL,
    name text NOT NULL
);

CREATE TABLE public.ticket_comment_edits (
    id bigint NOT NULL,
    comment_id uuid NOT NULL,
    editor_id uuid,
    edited_at timestamp with time zone NOT NULL,
    content text NOT NULL
);

ALTER TABLE public.ticket_comment_edits ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ticket_comment_edits_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
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

CREATE TABLE public.ticket_links (
    ticket_id uuid NOT NULL,
    other_id uuid NOT NULL,
    kind text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    actor_id uuid,
    CONSTRAINT ticket_link_joins_two CHECK ((ticket_id <> other_id)),
    CONSTRAINT ticket_link_kind_is_known CHECK ((kind = ANY (ARRAY['related'::text, 'duplicate'::text, 'blocks'::text, 'parent'::text, 'split'::text])))
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
    internal_words tsvector DEFAULT ''::tsvector NOT NULL,
    created_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    is_folded boolean DEFAULT false NOT NULL
);

CREATE TABLE public.upkeep (
    only_row boolean DEFAULT true NOT NULL,
    day date NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    CONSTRAINT upkeep_is_one_row CHECK (only_row)
);

ALTER TABLE ONLY public.event_inbox ATTACH PARTITION public.event_inbox_default DEFAULT;

ALTER TABLE ONLY public.inbox ATTACH PARTITION public.inbox_default DEFAULT;

ALTER TABLE ONLY public.outbox ATTACH PARTITION public.outbox_default DEFAULT;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT account_email_is_unique UNIQUE (email);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_event_is_logged_once UNIQUE (event_id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.audit_segments
    ADD CONSTRAINT audit_segments_pkey PRIMARY KEY (last_seq);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dependencies
    ADD CONSTRAINT dependencies_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.event_inbox
    ADD CONSTRAINT event_inbox_pkey PRIMARY KEY (day, consumer, event_id);

ALTER TABLE ONLY public.event_inbox_default
    ADD CONSTRAINT event_inbox_default_pkey PRIMARY KEY (day, consumer, event_id);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (day, command_id);

ALTER TABLE ONLY public.inbox_default
    ADD CONSTRAINT inbox_default_pkey PRIMARY KEY (day, command_id);

ALTER TABLE ONLY public.inbox_keyed
    ADD CONSTRAINT inbox_keyed_pkey PRIMARY KEY (command_id);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mail_is_written_once UNIQUE (event_id, template, recipient);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (day, id);

ALTER TABLE ONLY public.outbox_default
    ADD CONSTRAINT outbox_default_pkey PRIMARY KEY (day, id);

ALTER TABLE ONLY public.relay_cursor
    ADD CONSTRAINT relay_cursor_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.schema_migrations
    ADD CONSTRAINT schema_migrations_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.search_words_learnt
    ADD CONSTRAINT search_words_learnt_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.search_words
    ADD CONSTRAINT search_words_pkey PRIMARY KEY (word);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT session_refresh_hash_is_unique UNIQUE (refresh_hash);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.spent_tokens
    ADD CONSTRAINT spent_tokens_pkey PRIMARY KEY (refresh_hash);

ALTER TABLE ONLY public.suspects
    ADD CONSTRAINT suspects_pkey PRIMARY KEY (command_id);

ALTER TABLE ONLY public.ticket_attachments
    ADD CONSTRAINT ticket_attachments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_categories
    ADD CONSTRAINT ticket_categories_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_comment_edits
    ADD CONSTRAINT ticket_comment_edits_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comment_has_a_place UNIQUE (ticket_id, seq);

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_counters
    ADD CONSTRAINT ticket_counters_pkey PRIMARY KEY (scope, scope_id, status, priority, lane);

ALTER TABLE ONLY public.ticket_history
    ADD CONSTRAINT ticket_history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.ticket_links
    ADD CONSTRAINT ticket_links_pkey PRIMARY KEY (ticket_id, other_id, kind);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT ticket_number_is_unique UNIQUE (number);

ALTER TABLE ONLY public.ticket_search
    ADD CONSTRAINT ticket_search_pkey PRIMARY KEY (ticket_id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.upkeep
    ADD CONSTRAINT upkeep_pkey PRIMARY KEY (only_row);

CREATE INDEX accounts_by_age ON public.accounts USING btree (created_at, id);

CREATE INDEX accounts_by_epoch_at ON public.accounts USING btree (epoch_at) WHERE (epoch_at IS NOT NULL);

CREATE INDEX accounts_by_epoch_xid ON public.accounts USING btree (epoch_xid) WHERE (epoch_xid IS NOT NULL);

CREATE INDEX accounts_by_name ON public.accounts USING btree (last_name, first_name, id);

CREATE INDEX accounts_by_words ON public.accounts USING gin (words);

CREATE INDEX accounts_without_words ON public.accounts USING btree (id) WHERE (words IS NULL);

CREATE INDEX audit_log_by_action ON public.audit_log USING btree (action, seq);

CREATE INDEX audit_log_by_address ON public.audit_log USING btree (split_part(origin, ' '::text, 1), seq) WHERE (origin IS NOT NULL);

CREATE INDEX audit_log_by_time ON public.audit_log USING btree (occurred_at, seq);

CREATE INDEX audit_log_by_word ON public.audit_log USING gin (to_tsvector('simple'::regconfig, payload));

CREATE INDEX audit_log_erased ON public.audit_log USING btree (seq) WHERE (payload IS NULL);

CREATE INDEX audit_log_of_actor ON public.audit_log USING btree (actor_id, seq);

CREATE INDEX audit_log_of_resource ON public.audit_log USING btree (resource_id, seq);

CREATE INDEX dead_letters_by_age ON public.dead_letters USING btree (died_at);

CREATE INDEX dead_letters_of_command ON public.dead_letters USING btree (command_id);

CREATE INDEX inbox_keyed_by_age ON public.inbox_keyed USING brin (finished_at);

CREATE INDEX mails_due ON public.mails USING btree (priority, next_attempt_at) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text]));

CREATE INDEX mails_of_ticket ON public.mails USING btree (ticket_id);

CREATE INDEX outbox_in_commit_order ON ONLY public.outbox USING btree (xid, id);

CREATE INDEX outbox_default_xid_id_idx ON public.outbox_default USING btree (xid, id);

CREATE INDEX search_words_alike ON public.search_words USING gin (word public.gin_trgm_ops);

CREATE INDEX sessions_by_expires_at ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_by_revoked_at ON public.sessions USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE INDEX sessions_by_revoked_xid ON public.sessions USING btree (revoked_xid) WHERE (revoked_xid IS NOT NULL);

CREATE INDEX sessions_of_account ON public.sessions USING btree (account_id);

CREATE INDEX spent_tokens_by_age ON public.spent_tokens USING brin (spent_at);

CREATE INDEX spent_tokens_of_session ON public.spent_tokens USING btree (session_id);

CREATE INDEX suspects_by_age ON public.suspects USING btree (started_at);

CREATE INDEX ticket_attachments_of_ticket ON public.ticket_attachments USING btree (ticket_id, created_at);

CREATE INDEX ticket_comment_edits_of_comment ON public.ticket_comment_edits USING btree (comment_id, id);

CREATE INDEX ticket_history_of_ticket ON public.ticket_history USING btree (ticket_id, version, id);

CREATE INDEX ticket_links_of_other ON public.ticket_links USING btree (other_id);

CREATE INDEX ticket_search_internal ON public.ticket_search USING gin (public.search_keys(internal_words, created_at)) WITH (gin_pending_list_limit='128') WHERE (internal_words <> ''::tsvector);

CREATE INDEX ticket_search_public ON public.ticket_search USING gin (public.search_keys(public_words, created_at)) WITH (gin_pending_list_limit='128');

CREATE INDEX ticket_search_unfolded ON public.ticket_search USING btree (ticket_id) WHERE (NOT is_folded);

CREATE INDEX tickets_by_age ON public.tickets USING btree (created_at DESC, id DESC);

CREATE INDEX tickets_by_category ON public.tickets USING btree (category, created_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (category <> ''::text));

CREATE INDEX tickets_by_change ON public.tickets USING btree (changed_in);

CREATE INDEX tickets_by_due ON public.tickets USING btree (due_at, id);

CREATE INDEX tickets_by_number ON public.tickets USING btree (length(number), number);

CREATE INDEX tickets_by_rank ON public.tickets USING btree (array_position('{low,medium,high,urgent}'::text[], priority), created_at, id);

CREATE INDEX tickets_by_state ON public.tickets USING btree (array_position('{open,in_progress,waiting_user,resolved,closed}'::text[], status), created_at, id);

CREATE INDEX tickets_by_tag ON public.tickets USING gin (tags) WITH (gin_pending_list_limit='1024') WHERE (tags <> '{}'::text[]);

CREATE INDEX tickets_merged_into ON public.tickets USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX tickets_of_assignee ON public.tickets USING btree (assignee_id, created_at DESC, id DESC) WHERE (assignee_id IS NOT NULL);

CREATE INDEX tickets_of_owner ON public.tickets USING btree (owner_id, created_at DESC, id DESC);

CREATE INDEX tickets_overdue ON public.tickets USING btree (due_at) WHERE ((status <> ALL (ARRAY['resolved'::text, 'closed'::text])) AND (deleted_at IS NULL));

CREATE INDEX tickets_resolved ON public.tickets USING btree (resolved_at DESC) WHERE ((resolved_at IS NOT NULL) AND (deleted_at IS NULL));

ALTER INDEX public.event_inbox_pkey ATTACH PARTITION public.event_inbox_default_pkey;

ALTER INDEX public.inbox_pkey ATTACH PARTITION public.inbox_default_pkey;

ALTER INDEX public.outbox_pkey ATTACH PARTITION public.outbox_default_pkey;

ALTER INDEX public.outbox_in_commit_order ATTACH PARTITION public.outbox_default_xid_id_idx;

CREATE TRIGGER account_epoch_moves BEFORE UPDATE OF epoch ON public.accounts FOR EACH ROW WHEN ((old.epoch IS DISTINCT FROM new.epoch)) EXECUTE FUNCTION public.account_epoch_moves();

CREATE TRIGGER account_words BEFORE INSERT OR UPDATE OF first_name, last_name, email, department ON public.accounts FOR EACH ROW EXECUTE FUNCTION public.account_words();

CREATE TRIGGER outbox_names_its_actors AFTER INSERT ON public.outbox REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.outbox_names_its_actors();

CREATE TRIGGER session_is_revoked BEFORE UPDATE OF revoked_at ON public.sessions FOR EACH ROW WHEN ((old.revoked_at IS DISTINCT FROM new.revoked_at)) EXECUTE FUNCTION public.session_is_revoked();

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.spent_tokens
    ADD CONSTRAINT spent_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.ticket_attachments
    ADD CONSTRAINT ticket_attachments_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.ticket_attachments
    ADD CONSTRAINT ticket_attachments_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.ticket_comment_edits
    ADD CONSTRAINT ticket_comment_edits_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.ticket_comments(id);

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comments_author_id_fkey FOREIGN KEY (author_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.ticket_comments
    ADD CONSTRAINT ticket_comments_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.ticket_history
    ADD CONSTRAINT ticket_history_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.ticket_links
    ADD CONSTRAINT ticket_links_other_id_fkey FOREIGN KEY (other_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.ticket_links
    ADD CONSTRAINT ticket_links_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.ticket_search
    ADD CONSTRAINT ticket_search_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.accounts(id);

CREATE POLICY account_tells ON public.outbox FOR INSERT TO guichet_account WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((type ~~ 'profile.%'::text) OR (type = 'command.refused'::text))));

CREATE POLICY ctl_replays ON public.outbox FOR INSERT TO guichet_ctl WITH CHECK ((EXISTS ( SELECT
   FROM public.dead_letters d
  WHERE ((d.command_id = ((outbox.headers ->> 'message_id'::text))::uuid) AND (d.type = outbox.type) AND (d.headers = outbox.headers) AND (d.body = outbox.body)))));

CREATE POLICY ctl_tells ON public.outbox FOR INSERT TO guichet_ctl WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((headers ->> 'actor'::text) IS NULL) AND ((type ~~ 'user.%'::text) OR (type ~~ 'dead.%'::text) OR (type ~~ 'audit.%'::text))));

CREATE POLICY ingress_tells ON public.outbox FOR INSERT TO guichet_ingress WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND (type ~~ 'user.%'::text) AND (type <> ALL (ARRAY['user.role_changed'::text, 'user.enabled'::text, 'user.disabled'::text])) AND ((headers ->> 'actor'::text) IS NOT NULL) AND ((headers ->> 'actor'::text) = ((body)::jsonb ->> 'accountId'::text))));

CREATE POLICY ingress_warns ON public.outbox FOR INSERT TO guichet_ingress WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((type ~~ 'security.%'::text) OR ((type = ANY (ARRAY['audit.noted'::text, 'audit.exported'::text])) AND ((headers ->> 'actor'::text) IS NOT NULL))) AND (((headers ->> 'actor'::text) IS NULL) OR ((headers ->> 'actor'::text) = ((body)::jsonb ->> 'accountId'::text)))));

CREATE POLICY mail_asks ON public.outbox FOR INSERT TO guichet_mail WITH CHECK (((exchange = 'guichet.commands'::text) AND (type = 'ticket.note'::text) AND (routing_key ~~ 'cmd.ticket._'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY notify_asks ON public.outbox FOR INSERT TO guichet_notify WITH CHECK (((exchange = 'guichet.work'::text) AND (type ~~ 'mail.%'::text) AND (routing_key ~~ 'work.mail.%'::text) AND ((headers ->> 'actor'::text) IS NULL)));

ALTER TABLE public.outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY outbox_is_read ON public.outbox FOR SELECT TO guichet_relay, guichet_ctl USING (true);

CREATE POLICY ticket_asks ON public.outbox FOR INSERT TO guichet_ticket WITH CHECK (((exchange = 'guichet.commands'::text) AND (type = ANY (ARRAY['ticket.create'::text, 'ticket.absorb'::text])) AND (routing_key ~~ 'cmd.ticket._'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY ticket_tells ON public.outbox FOR INSERT TO guichet_ticket WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((type ~~ 'ticket.%'::text) OR (type = 'command.refused'::text))));
