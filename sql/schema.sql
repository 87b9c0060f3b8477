-- schema.sql - what the migrations and functions come to; written by make schema, compared by a test.

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;

CREATE FUNCTION public.account_claim_ends(account uuid) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	update accounts a set email_unproven = false, epoch = a.epoch + 1 where a.id = account;
	update sessions s set revoked_at = now() where s.account_id = account and s.revoked_at is null;
	update api_tokens t set revoked_at = now(), changed_xid = pg_current_xact_id() where t.account_id = account and t.revoked_at is null;
	delete from credentials c where c.account_id = account;
	delete from totp_factors f where f.account_id = account;
	delete from recovery_codes r where r.account_id = account;
	delete from identities i where i.account_id = account;
end $$;

CREATE FUNCTION public.account_email_ask(account uuid, credential text, wanted text, old_mail uuid, new_mail uuid, mails_most integer, OUT verdict text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	owner accounts;
begin
	select a.* into owner from accounts a join credentials c on c.account_id = a.id
	where a.id = account and a.active and c.password_hash = credential for no key update of a;
	verdict := case when owner.id is null then 'stale' when owner.email = wanted then 'same'
		when exists (select from accounts a where a.email = wanted) then 'taken' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if not account_mail(old_mail, owner.id, 'account_email_old', owner.email, mails_most)
		or not account_mail(new_mail, owner.id, 'account_email_new', wanted, mails_most) then
		verdict := 'many';
		delete from mails m where m.id = old_mail;
		return;
	end if;
	update account_tokens t set used_at = now() where t.account_id = owner.id and t.kind in ('email_old', 'email_new') and t.used_at is null;
	insert into email_changes as e (account_id, address) values (owner.id, wanted)
	on conflict (account_id) do update set address = excluded.address, asked_at = now(), old_confirmed_at = null, new_confirmed_at = null;
end $$;

CREATE FUNCTION public.account_ends() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	update sessions s set revoked_at = now() where s.account_id = new.id and s.revoked_at is null;
	if old.role <> 'service' then
		update api_tokens t set revoked_at = now(), changed_xid = pg_current_xact_id() where t.account_id = new.id and t.revoked_at is null;
	end if;
	if not new.active then
		update mails m set state = 'failed', last_reply = 'not sent: the account was disabled'
		where m.recipient_id = new.id and m.state in ('queued', 'held');
	end if;
	return null;
end $$;

CREATE FUNCTION public.account_epoch_moves() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	if new.epoch = old.epoch then
		new.epoch := old.epoch + 1;
	end if;
	new.epoch_at := now();
	new.epoch_xid := pg_current_xact_id();
	return new;
end $$;

CREATE FUNCTION public.account_is_freed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	new.email := new.id || '@deleted.invalid';
	return new;
end $$;

CREATE FUNCTION public.account_is_unlocked() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	delete from sign_in_failures f where f.email = new.email;
	return null;
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
    notifications jsonb,
    email_verified_at timestamp with time zone,
    email_unproven boolean DEFAULT false NOT NULL,
    deleted_at timestamp with time zone,
    unlocked_at timestamp with time zone,
    CONSTRAINT account_deleted_is_disabled CHECK (((deleted_at IS NULL) OR (NOT active))),
    CONSTRAINT account_email_is_lower_case CHECK ((email = lower(email))),
    CONSTRAINT account_language_is_known CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text]))),
    CONSTRAINT account_role_is_known CHECK ((role = ANY (ARRAY['user'::text, 'agent'::text, 'manager'::text, 'admin'::text, 'service'::text]))),
    CONSTRAINT account_theme_is_known CHECK ((theme = ANY (ARRAY['light'::text, 'dark'::text, 'auto'::text])))
);

CREATE FUNCTION public.account_json(a public.accounts) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', a.id, 'userId', a.id, 'email', a.email, 'role', a.role, 'firstName', a.first_name,
		'lastName', a.last_name, 'language', a.language, 'isActive', a.active, 'emailVerified', a.email_verified_at is not null,
		'createdAt', a.created_at, 'lastLogin', a.last_login_at, 'avatarUrl', avatar_url(a.id))
$$;

CREATE FUNCTION public.account_link_ask(wanted text, address text, mail_id uuid, event_id uuid, mails_most integer, request_id text, traceparent text, origin text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	owner accounts;
begin
	select * into owner from accounts a where a.email = address and a.active;
	if not found or wanted not in ('reset', 'magic') or (wanted = 'magic' and owner.role <> 'user')
		or not account_mail(mail_id, owner.id, 'account_' || wanted, address, mails_most) or wanted <> 'reset' then
		return;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.password_reset_requested', event_id, null::uuid, null, request_id, traceparent,
		'accountId', owner.id, '{}', origin) e;
end $$;

CREATE FUNCTION public.account_link_look(token_hash bytea, OUT kind text, OUT account uuid, OUT email text) RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select t.kind, a.id, a.email from account_tokens t join accounts a on a.id = t.account_id
	where t.hash = token_hash and t.used_at is null and t.expires_at > now() and a.active
		and (t.address = a.email or t.kind = 'email_new')
$$;

CREATE FUNCTION public.account_link_use(token_hash bytea, credential text, event_id uuid, request_id text, traceparent text, origin text, OUT verdict text, OUT kind text, OUT account uuid, OUT email text, OUT role text, OUT epoch integer, OUT first_name text, OUT last_name text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	used account_tokens;
	owner accounts;
	change email_changes;
	told text;
	data jsonb := '{}';
begin
	select a.* into owner from account_link_look(token_hash) l join accounts a on a.id = l.account for no key update of a;
	update account_tokens t set used_at = now() where t.hash = token_hash and t.used_at is null returning * into used;
	verdict := case when owner.id is null or used.hash is null or (used.kind in ('reset', 'invite') and credential is null) then 'gone' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	kind := used.kind;
	update account_tokens t set used_at = now() where t.account_id = owner.id and t.kind = used.kind and t.used_at is null;
	if kind in ('email_old', 'email_new') then
		update email_changes e set old_confirmed_at = case when used.kind = 'email_old' then now() else e.old_confirmed_at end,
			new_confirmed_at = case when used.kind = 'email_new' then now() else e.new_confirmed_at end
		where e.account_id = owner.id and (used.kind = 'email_old' or e.address = used.address) returning * into change;
		verdict := case when change.account_id is null then 'gone'
			when change.old_confirmed_at is null or change.new_confirmed_at is null then 'half'
			when exists (select from accounts a where a.email = change.address) then 'taken' else 'ok' end;
		if verdict = 'ok' then
			told := 'user.email_changed';
			data := jsonb_build_object('oldEmail', owner.email, 'newEmail', change.address);
			update accounts a set email = change.address, email_verified_at = now(), email_unproven = false, version = a.version + 1,
				updated_at = now() where a.id = owner.id returning * into owner;
			update account_tokens t set used_at = now() where t.account_id = owner.id and t.used_at is null;
		end if;
		if verdict <> 'half' then
			delete from email_changes e where e.account_id = owner.id;
		end if;
	else
		if owner.email_unproven and kind in ('reset', 'invite', 'magic') then
			perform account_claim_ends(owner.id);
		end if;
		told := case kind when 'verify' then 'user.email_verified' when 'reset' then 'user.password_reset_completed'
			when 'invite' then 'user.invitation_accepted' end;
		update accounts a set email_verified_at = coalesce(a.email_verified_at, now()), email_unproven = false,
			epoch = a.epoch + (used.kind in ('reset', 'invite'))::integer where a.id = owner.id returning * into owner;
	end if;
	if kind in ('reset', 'invite') then
		update api_tokens t set revoked_at = now(), changed_xid = pg_current_xact_id() where t.account_id = owner.id and t.revoked_at is null;
		insert into credentials as c (account_id, password_hash) values (owner.id, credential)
		on conflict (account_id) do update set password_hash = excluded.password_hash, changed_at = now();
		update sessions s set revoked_at = now() where s.account_id = owner.id and s.revoked_at is null;
	end if;
	if kind in ('reset', 'invite', 'magic') and not factor_is_on(owner.id) then
		delete from sign_in_failures f where f.email = owner.email;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event(told, event_id, owner.id, owner.role, request_id, traceparent, 'accountId', owner.id, data, origin) e
	where told is not null;
	account := owner.id;
	email := owner.email;
	role := owner.role;
	epoch := owner.epoch;
	first_name := owner.first_name;
	last_name := owner.last_name;
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

CREATE FUNCTION public.account_mail(mail_id uuid, account uuid, template text, address text, most integer) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
declare
	owner accounts;
begin
	select * into owner from accounts a where a.id = account for no key update; -- one after the other, so that all are counted
	if not found or not owner.active or (owner.email_unproven and account_mail.template <> 'account_verify')
		or (select count(*) from mails m where m.recipient = address and m.ticket_id is null
			and m.template = account_mail.template and m.created_at > now() - interval '1 hour') >= most then
		return false;
	end if;
	insert into mails (id, priority, template, language, recipient, recipient_id, event_id, fields)
	values (mail_id, 1, template, owner.language, address, owner.id, mail_id, jsonb_build_object('userName',
		coalesce(nullif(btrim(owner.first_name || ' ' || owner.last_name), ''), split_part(owner.email, '@', 1))));
	return true;
end $$;

CREATE FUNCTION public.account_page(wanted jsonb, asked tsquery, sees_all boolean, sort text, falling boolean, most bigint, skipped bigint) RETURNS SETOF public.accounts
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query
	select a.* from accounts a
	where a.deleted_at is null and (sees_all or a.active)
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

CREATE FUNCTION public.account_password_change(account uuid, session uuid, old_hash text, new_hash text, event_id uuid, request_id text, traceparent text, origin text, OUT changed boolean, OUT closed uuid[]) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	role_now text;
begin
	update credentials c set password_hash = new_hash, changed_at = now() where c.account_id = account and c.password_hash = old_hash;
	changed := found;
	if not changed then
		return;
	end if;
	with gone as (
		update sessions s set revoked_at = now() where s.account_id = account and s.id <> session and s.revoked_at is null returning s.id
	)
	select array_agg(id) into closed from gone;
	update account_tokens t set used_at = now() where t.account_id = account and t.kind in ('reset', 'magic', 'invite') and t.used_at is null;
	select a.role into role_now from accounts a where a.id = account;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.password_changed', event_id, account, role_now, request_id, traceparent, 'accountId', account, '{}', origin) e;
end $$;

CREATE FUNCTION public.account_shown(actor uuid, access integer, wanted public.accounts, itself boolean, OUT verdict text, OUT version bigint, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE sql STABLE
    AS $$
	select case when not a.active then 'disabled' when a.bits & access = 0 or not (a.is_staff or itself or a.bits & 256 <> 0) then 'forbidden'
			when wanted.id is null then 'missing' else 'ok' end, null::bigint, a.role,
		case when a.active and a.bits & access <> 0 and (a.is_staff or itself or a.bits & 256 <> 0) and wanted.id is not null then account_json(wanted)::text end, null::text
	from actor_of(actor) a
$$;

CREATE FUNCTION public.account_token_keep(mail uuid, token_hash bytea) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	life interval;
	m record;
begin
	select t.template, t.recipient, t.recipient_id into m from mails t where t.id = mail and t.state = 'sending';
	life := case m.template when 'account_reset' then interval '15 minutes' when 'account_magic' then interval '15 minutes'
		when 'account_verify' then interval '3 days' when 'account_invite' then interval '7 days'
		when 'account_email_old' then interval '1 day' when 'account_email_new' then interval '1 day' end;
	if life is null or m.recipient_id is null then
		return false;
	end if;
	insert into account_tokens (hash, account_id, kind, address, expires_at)
	values (token_hash, m.recipient_id, substr(m.template, length('account_') + 1), m.recipient, now() + life);
	return true;
end $$;

CREATE FUNCTION public.account_unproven() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	perform account_mail(id_beside(new.id, 1), new.id, 'account_verify', new.email, 1);
	return null;
end $$;

CREATE FUNCTION public.account_verify_ask(account uuid, mail_id uuid, mails_most integer) RETURNS boolean
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select account_mail(mail_id, a.id, 'account_verify', a.email, mails_most) from accounts a
	where a.id = account and a.email_verified_at is null
$$;

CREATE FUNCTION public.account_words() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
	new.words := words_of(concat_ws(' ', new.first_name, new.last_name, new.email, new.department));
	return new;
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
    origin text,
    request_id text,
    trace_id uuid
);

CREATE FUNCTION public.activity_json(a public.audit_log) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', a.event_id, 'type', coalesce(json_of(a.payload) ->> 'type', lower(a.action)), 'action', a.action,
		'timestamp', a.occurred_at, 'resourceType', a.resource_type, 'resourceId', a.resource_id,
		'ipAddress', nullif(split_part(a.origin, ' ', 1), ''),
		'userAgent', case when a.origin is null then null else nullif(substr(a.origin, strpos(a.origin || ' ', ' ') + 1), '') end)
$$;

CREATE FUNCTION public.actor_of(wanted uuid) RETURNS TABLE(id uuid, role text, active boolean, is_staff boolean, bits integer)
    LANGUAGE sql STABLE
    AS $$
	select a.id, a.role, a.active, a.role not in ('user', 'service'),
		2 | case a.role when 'agent' then 8 when 'manager' then 16 when 'admin' then 32 when 'service' then 256 else 0 end
	from accounts a where a.id = wanted
$$;

CREATE FUNCTION public.alert_ack(actor uuid, told uuid, wanted uuid, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	seen alerts;
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	select * into seen from alerts where id = wanted and resolved_at is null for update;
	if not found then
		return 'missing';
	end if;
	if seen.acked_at is null then
		update alerts set acked_at = now(), acked_by = actor where id = wanted;
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('alert.acknowledged', told, actor, (select role from actor_of(actor)), request_id, traceparent,
			'accountId', null, jsonb_build_object('alertId', wanted, 'name', seen.name, 'target', seen.subject), origin) e;
	end if;
	return 'ok';
end $$;

CREATE TABLE public.alerts (
    id uuid NOT NULL,
    name text NOT NULL,
    subject text NOT NULL,
    severity text NOT NULL,
    since timestamp with time zone NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    value double precision NOT NULL,
    message jsonb NOT NULL,
    todo jsonb NOT NULL,
    acked_at timestamp with time zone,
    acked_by uuid,
    resolved_at timestamp with time zone,
    CONSTRAINT alert_severity_is_known CHECK ((severity = ANY (ARRAY['critical'::text, 'warning'::text, 'info'::text])))
);

CREATE FUNCTION public.alert_json(a public.alerts) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_strip_nulls(jsonb_build_object('id', a.id, 'name', a.name, 'subject', a.subject, 'severity', a.severity,
		'state', case when a.resolved_at is not null then 'resolved' when a.acked_at is not null then 'acknowledged' else 'firing' end,
		'since', a.since, 'seenAt', a.seen_at, 'value', a.value, 'message', a.message, 'todo', a.todo, 'acknowledgedAt', a.acked_at,
		'acknowledgedBy', (select email from accounts where id = a.acked_by), 'resolvedAt', a.resolved_at))
$$;

CREATE FUNCTION public.api_token_end(actor uuid, token_id uuid, event_id uuid, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	ended api_tokens;
begin
	update api_tokens t set revoked_at = now(), changed_xid = pg_current_xact_id()
	where t.id = token_id and t.revoked_at is null and (t.account_id = actor or operator_may(actor)) returning * into ended;
	if not found then
		return 'missing';
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.token_revoked', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', ended.account_id, jsonb_build_object('tokenId', ended.id, 'name', ended.name), origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.api_token_make(actor uuid, account uuid, token_id uuid, token_name text, token_hash bytea, wanted jsonb, ends text, event_id uuid, request_id text, traceparent text, origin text, OUT verdict text, OUT target uuid, OUT expires_s bigint, OUT is_admin boolean) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	owner accounts;
	told text;
begin
	target := coalesce(account, actor);
	is_admin := false;
	expires_s := extract(epoch from ends::timestamptz)::bigint;
	select * into owner from accounts a where a.id = target and a.active for no key update;
	verdict := case when target <> actor and not operator_may(actor) then 'forbidden'
		when owner.id is null or (target <> actor and owner.role <> 'service') then 'missing'
		when wanted ? 'admin' and owner.role not in ('admin', 'service') then 'forbidden'
		when ends::timestamptz <= now() then 'past'
		when (select count(*) from api_tokens t where t.account_id = target and (t.revoked_at is null or t.revoked_at > now() - interval '1 hour')
			and coalesce(t.expires_at > now(), true)) >= 50 then 'many'
		else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	is_admin := owner.role = 'admin';
	insert into api_tokens (id, account_id, name, hash, scopes, created_by, expires_at)
	values (token_id, target, token_name, token_hash, array(select distinct jsonb_array_elements_text(wanted) order by 1), actor,
		ends::timestamptz);
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.token_created', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', target, jsonb_build_object('tokenId', token_id, 'name', token_name, 'scopes', wanted), origin) e;
end $$;

CREATE FUNCTION public.api_tokens_from(place bigint) RETURNS TABLE(id uuid, account uuid, hash text, scopes text, expires_s bigint, state text, next_place bigint)
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query select null::uuid, null::uuid, null::text, null::text, null::bigint, null::text,
		pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
	if place = 0 or place > pg_snapshot_xmax(pg_current_snapshot())::text::bigint then -- a place of another cluster: restored since
		return query
		select t.id, t.account_id, encode(t.hash, 'hex'), array_to_string(t.scopes || case when a.role <> 'admin' then '{admin}' else '{}' end::text[], ' '), extract(epoch from t.expires_at)::bigint, 'good',
			null::bigint
		from api_tokens t join accounts a on a.id = t.account_id
		where t.revoked_at is null and a.active and coalesce(t.expires_at > now(), true);
	else
		return query
		with changed as (
			select c.id as token from api_tokens c where c.changed_xid >= place::text::xid8
			union
			select c.id from accounts m join api_tokens c on c.account_id = m.id where m.epoch_xid >= place::text::xid8
		)
		select t.id, t.account_id, encode(t.hash, 'hex'), array_to_string(t.scopes || case when a.role <> 'admin' then '{admin}' else '{}' end::text[], ' '), extract(epoch from t.expires_at)::bigint,
			case when t.revoked_at is not null then 'ended' when a.active then 'good' else 'asleep' end, null::bigint
		from changed join api_tokens t on t.id = changed.token join accounts a on a.id = t.account_id;
	end if;
end $$;

CREATE FUNCTION public.api_tokens_used(ids jsonb) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	update api_tokens set last_used_at = now() where id in (select i::uuid from jsonb_array_elements_text(ids) i);
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
    response_due_at timestamp with time zone,
    due_at timestamp with time zone,
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
    file_count integer DEFAULT 0 NOT NULL,
    file_bytes bigint DEFAULT 0 NOT NULL,
    policy_id uuid,
    policy_version integer,
    clocks text,
    next_response_due_at timestamp with time zone,
    sla_due_at timestamp with time zone,
    sla_state text,
    snoozed_until timestamp with time zone,
    inbound_id uuid,
    CONSTRAINT ticket_closed_has_closed_at CHECK (((status = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT ticket_priority_is_known CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'urgent'::text]))),
    CONSTRAINT ticket_resolved_has_resolved_at CHECK (((status <> 'resolved'::text) OR (resolved_at IS NOT NULL))),
    CONSTRAINT ticket_sla_state_is_known CHECK ((sla_state = ANY (ARRAY['running'::text, 'paused'::text, 'met'::text, 'warned'::text, 'breached'::text]))),
    CONSTRAINT ticket_status_is_known CHECK ((status = ANY (ARRAY['open'::text, 'in_progress'::text, 'waiting_user'::text, 'resolved'::text, 'closed'::text])))
)
WITH (fillfactor='90');

CREATE FUNCTION public.attachments_counted(t public.tickets, is_staff boolean) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if t.merged_count = 0 and t.merged_at is null and t.file_count = 0 then
		return 0;
	end if;
	return (select count(*) from ticket_files_seen(t, is_staff));
end $$;

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
				'oldValue', nullif(o.value, ''), 'newValue', nullif(body #>> array['data', 'new' || substr(o.key, 4)], '')) order by o.key), '[]')
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
	values ('guichet.events', letter.type, letter.type, letter.headers || jsonb_build_object('replays', letter.replays + 1), letter.body);
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
			'USER_ENABLED', 'USER_DISABLED', 'USER_PASSWORD_CHANGED', 'USER_PASSWORD_RESET_REQUESTED', 'USER_PASSWORD_RESET_COMPLETED', 'USER_EMAIL_CHANGED', 'USER_MFA_ENABLED', 'USER_MFA_DISABLED', 'USER_RECOVERY_CODES_RENEWED', 'USER_TOKEN_CREATED',
			'USER_TOKEN_REVOKED', 'USER_SERVICE_CREATED', 'AUDIT_ERASED', 'AUDIT_PRUNED')
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

CREATE FUNCTION public.avatar_of(account uuid) RETURNS uuid
    LANGUAGE plpgsql STABLE
    AS $$
declare
	latest record;
begin
	select f.id, f.deleted_at into latest from files f
	where f.uploaded_by = account and f.purpose = 'avatar' and f.scan_state = 'clean'
	order by f.created_at desc, f.id desc limit 1;
	return case when latest.deleted_at is null then latest.id end;
end $$;

CREATE FUNCTION public.avatar_url(account uuid) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	avatar uuid := avatar_of(account);
begin
	return case when avatar is not null then '/api/v1/users/' || account || '/avatar?v=' || avatar end;
end $$;

CREATE TABLE public.calendar_versions (
    calendar_id uuid NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    body jsonb NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by uuid
);

CREATE FUNCTION public.calendar_json(was public.calendar_versions, created_at timestamp with time zone) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select jsonb_build_object('id', was.calendar_id, 'name', was.name, 'version', was.version, 'createdAt', created_at,
		'updatedAt', was.changed_at, 'timezone', 'UTC', 'weekly', null, 'holidays', '[]'::jsonb) || was.body
$$;

CREATE FUNCTION public.calendars_json() RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select coalesce(jsonb_agg(calendar_json(v, c.created_at) order by lower(c.name)), '[]')
		from calendars c join calendar_versions v on v.calendar_id = c.id and v.version = c.version
		where c.deleted_at is null);
end $$;

CREATE FUNCTION public.comment_edits_json(comment uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (
		select coalesce(jsonb_agg(jsonb_build_object('content', e.content, 'editedAt', e.edited_at, 'userId', e.editor_id)
			order by e.id), '[]')
		from ticket_comment_edits e where e.comment_id = comment);
end $$;

CREATE FUNCTION public.comment_files_json(comment uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select coalesce(jsonb_agg(file_json(f) order by f.created_at, f.id), '[]') from files f
		where f.comment_id = comment and f.deleted_at is null and f.scan_state <> 'infected' and f.place <> 'gone');
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
    split_into uuid,
    file_count integer DEFAULT 0 NOT NULL,
    inbound_id uuid
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
		'edited', c.edited_at is not null,
		'files', case when c.file_count > 0 then comment_files_json(c.id) else '[]' end)
		|| case when from_number is not null then jsonb_build_object('fromTicket', from_number) else '{}' end
		|| case when c.inbound_id is not null then jsonb_build_object('mail', mail_said_json(c.inbound_id, is_staff)) else '{}' end
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

CREATE FUNCTION public.config_json(named text) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select coalesce(jsonb_agg(jsonb_build_object('program', i.program, 'host', i.host, 'pid', i.pid, 'version', i.version, 'startedAt', i.started_at,
		'settings', coalesce(s.settings, '[]')) order by i.program, i.started_at, i.instance), '[]')
	from program_instances i left join program_settings s using (instance)
	where i.seen_at > now() - interval '1 minute' and (named is null or i.program = replace(named, '-', '_'))
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

CREATE FUNCTION public.dead_discard(actor uuid, told uuid, chosen jsonb, wherefore text, most bigint, trial boolean, request_id text, traceparent text, origin text, OUT verdict text, OUT changed bigint, OUT more bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not operator_may(actor) then
		verdict := 'forbidden';
		return;
	end if;
	if chosen ? 'ids' and exists (select from jsonb_array_elements_text(chosen -> 'ids') w(id)
			left join dead_letters d on d.id = w.id::uuid where d.state is distinct from 'open') then
		verdict := case when exists (select from jsonb_array_elements_text(chosen -> 'ids') w(id)
			where not exists (select from dead_letters d where d.id = w.id::uuid)) then 'missing' else 'conflict' end;
		return;
	end if;
	with found as materialized (
		select d.id, d.died_at from dead_found(chosen || '{"state": "open"}') d order by d.died_at, d.id
	), picked as materialized (
		select id from found order by died_at, id limit most
	), marked as (
		update dead_letters d set state = 'discarded', discarded_at = now(), discarded_by = actor, discarded_why = wherefore
		from picked p where d.id = p.id and d.state = 'open' and not trial
		returning d.*
	), announced as (
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from (select *, row_number() over (order by died_at, id) as n from marked) m,
			outbox_event('dead.discarded', id_beside(told, n), actor, (select role from actor_of(actor)), request_id, traceparent, 'commandId',
				m.command_id, jsonb_build_object('deadLetterId', m.id, 'commandType', m.type, 'why', wherefore), origin) e
		order by n
	)
	select 'ok', case when trial then (select count(*) from picked) else (select count(*) from marked) end,
		(select count(*) from found) - (select count(*) from picked)
	into verdict, changed, more;
end $$;

CREATE FUNCTION public.dead_edit(actor uuid, told uuid, letter uuid, before text, after text, fp text, members jsonb, request_id text, traceparent text, origin text, OUT verdict text, OUT data jsonb) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	found_one dead_letters;
begin
	if not operator_may(actor) then
		verdict := 'forbidden';
		return;
	end if;
	select * into found_one from dead_letters d where d.id = letter for update;
	if found_one.id is null then
		verdict := 'missing';
		return;
	end if;
	if found_one.state <> 'open' or found_one.body <> before then
		verdict := 'conflict';
		return;
	end if;
	update dead_letters d set body = after, headers = d.headers || jsonb_build_object('fp', fp), first_body = coalesce(d.first_body, d.body),
		edited_at = now(), edited_by = actor
	where d.id = letter returning * into found_one;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('dead.edited', told, actor, (select role from actor_of(actor)), request_id, traceparent, 'commandId',
		found_one.command_id, jsonb_build_object('deadLetterId', letter, 'commandType', found_one.type, 'changed', members), origin) e;
	verdict := 'ok';
	data := dead_whole_json(found_one);
end $$;

CREATE FUNCTION public.dead_error(reason text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$
	select left(regexp_replace(regexp_replace(reason, '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}', '<id>', 'g'),
		'[0-9]+', 'N', 'g'), 200)
$$;

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
    first_body text,
    edited_at timestamp with time zone,
    edited_by uuid,
    discarded_at timestamp with time zone,
    discarded_by uuid,
    discarded_why text,
    CONSTRAINT dead_letter_state_is_known CHECK ((state = ANY (ARRAY['open'::text, 'replayed'::text, 'discarded'::text])))
);

CREATE FUNCTION public.dead_found(chosen jsonb) RETURNS SETOF public.dead_letters
    LANGUAGE sql STABLE
    AS $$
	select d.* from dead_letters d
	where (not chosen ? 'ids' or d.id = any (array(select jsonb_array_elements_text(chosen -> 'ids')::uuid)))
		and (d.state = coalesce(chosen ->> 'state', case when chosen ? 'ids' then 'any' else 'open' end)
			or coalesce(chosen ->> 'state', case when chosen ? 'ids' then 'any' else 'open' end) = 'any')
		and (not chosen ? 'type' or d.type = chosen ->> 'type')
		and (not chosen ? 'queue' or d.queue = chosen ->> 'queue' or starts_with(d.queue, (chosen ->> 'queue') || '.'))
		and (not chosen ? 'error' or strpos(lower(d.reason), lower(chosen ->> 'error')) > 0)
		and (not chosen ? 'text' or strpos(lower(d.body), lower(chosen ->> 'text')) > 0
			or strpos(lower(d.headers::text), lower(chosen ->> 'text')) > 0)
		and (not chosen ? 'from' or d.died_at >= moment_of(chosen ->> 'from'))
		and (not chosen ? 'until' or d.died_at < moment_of(chosen ->> 'until'))
$$;

CREATE FUNCTION public.dead_groups(wanted jsonb) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select coalesce(jsonb_agg(jsonb_build_object('error', error, 'type', type, 'count', n, 'queues', queues, 'firstAt', first_at,
		'lastAt', last_at, 'example', example) order by n desc, error, type), '[]')
	from (
		select dead_error(reason) as error, type, count(*) as n, to_jsonb(array_agg(distinct queue)) as queues, min(died_at) as first_at,
			max(died_at) as last_at, (array_agg(id order by died_at desc, id desc))[1] as example
		from (select * from dead_found(wanted) order by died_at desc, id desc limit 100000) latest
		group by 1, 2 order by n desc limit 50
	) grouped
$$;

CREATE FUNCTION public.dead_json(letter public.dead_letters) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', letter.id, 'state', letter.state, 'queue', letter.queue, 'type', letter.type, 'reason', letter.reason,
		'diedAt', letter.died_at, 'acceptedAt', to_timestamp(dead_place(letter) / 1000000.0), 'commandId', letter.command_id,
		'exchange', letter.exchange, 'routingKey', letter.routing_key, 'replays', letter.replays, 'replayedAt', letter.replayed_at,
		'editedAt', letter.edited_at)
$$;

CREATE FUNCTION public.dead_page(wanted jsonb, OUT data jsonb, OUT pagination jsonb) RETURNS record
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select (select coalesce(jsonb_agg(dead_json(page.letter) order by page.died_at desc, page.id desc), '[]')
			from (select f as letter, f.died_at, f.id from dead_found(wanted) f order by f.died_at desc, f.id desc limit p.size offset p.skipped) page),
		page_json(p.number, p.size, (select count(*) from (select from dead_found(wanted) limit 100000) counted))
	from page_wanted(wanted, 50) p
$$;

CREATE FUNCTION public.dead_place(letter public.dead_letters) RETURNS bigint
    LANGUAGE sql STABLE
    AS $_$
	select coalesce(nullif(case when letter.headers ->> 'accepted_at' ~ '^\d{1,17}$' then (letter.headers ->> 'accepted_at')::bigint end, 0),
		(extract(epoch from letter.died_at) * 1000000)::bigint)
$_$;

CREATE FUNCTION public.dead_replay(actor uuid, told uuid, chosen jsonb, known jsonb, most bigint, again boolean, trial boolean, request_id text, traceparent text, origin text, OUT verdict text, OUT replayed bigint, OUT already bigint, OUT refused bigint, OUT more bigint, OUT reasons jsonb) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not operator_may(actor) then
		verdict := 'forbidden';
		return;
	end if;
	if jsonb_array_length(chosen -> 'ids') = 1 and not exists (select from dead_found(chosen)) then
		verdict := 'missing';
		return;
	end if;
	with routed as materialized (
		select d.id, d.state, dead_place(d) as place, r.exchange, r.routing_key,
			case when d.state = 'discarded' and not again then 'it was discarded' else r.why end as why
		from dead_found(chosen) d, dead_route(d, known) r
	), bad as materialized (
		select id::text, why from routed where why is not null
		union all
		select w.id, 'there is no such dead letter' from jsonb_array_elements_text(chosen -> 'ids') w(id)
		where not exists (select from routed where routed.id = w.id::uuid)
	), sendable as materialized (
		select * from routed where why is null and (state = 'open' or again) and (not chosen ? 'ids' or not exists (select from bad))
		order by place, id limit most
	), marked as (
		update dead_letters d set state = 'replayed', replays = d.replays + 1, replayed_at = now()
		from sendable s where d.id = s.id and (d.state = 'open' or again) and not trial
		returning d.*, s.exchange as to_exchange, s.routing_key as to_key, s.place
	), sent as (
		insert into outbox (exchange, routing_key, type, headers, body)
		select to_exchange, to_key, type, headers || jsonb_build_object('replays', replays), body from marked order by place, id
	), announced as (
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from (select *, row_number() over (order by place, id) as n from marked) m,
			outbox_event('dead.replayed', id_beside(told, n), actor, (select role from actor_of(actor)), request_id, traceparent, 'commandId',
				m.command_id, jsonb_build_object('deadLetterId', m.id, 'commandType', m.type), origin) e
		order by n
	)
	select 'ok', case when trial then (select count(*) from sendable) else (select count(*) from marked) end,
		(select count(*) from routed where state = 'replayed' and why is null and not again), (select count(*) from bad),
		case when chosen ? 'ids' then 0
			else (select count(*) from routed where why is null and (state = 'open' or again)) - (select count(*) from sendable) end,
		(select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'why', b.why)), '[]') from (select * from bad limit 100) b)
	into verdict, replayed, already, refused, more, reasons;
end $$;

CREATE FUNCTION public.dead_route(letter public.dead_letters, known jsonb, OUT exchange text, OUT routing_key text, OUT why text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $_$
begin
	if coalesce(letter.headers ->> 'message_id', '') !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
		why := 'it has no message id, and nobody takes a message without one';
	elsif letter.exchange in ('guichet.commands', 'guichet.work', 'guichet.events') then
		exchange := letter.exchange;
		routing_key := letter.routing_key;
	elsif known -> 'commands' ? letter.type then
		exchange := 'guichet.commands';
		routing_key := case when letter.routing_key like 'cmd.%' then letter.routing_key else letter.queue end;
		why := case when routing_key not like 'cmd.%' then 'the lane of this command is not known' end;
	elsif known -> 'events' ? letter.type or letter.queue like 'events.%' then
		exchange := 'guichet.events';
		routing_key := letter.type;
		why := case when letter.type = '' then 'it has no type, so nobody would take it' end;
	elsif letter.queue like 'work.%' then
		exchange := 'guichet.work';
		routing_key := case when letter.routing_key like 'work.%' then letter.routing_key else letter.queue end;
	else
		why := 'neither its exchange nor its type tells where it belongs';
	end if;
	if why is null and exchange <> 'guichet.events' and not known -> 'routes' ? (exchange || ' ' || routing_key) then
		why := 'the topology knows no queue that takes it';
	end if;
end $_$;

CREATE FUNCTION public.dead_whole(wanted uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select dead_whole_json(d) from dead_letters d where d.id = wanted
$$;

CREATE FUNCTION public.dead_whole_json(letter public.dead_letters) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select dead_json(letter) || jsonb_build_object('headers', letter.headers, 'body', letter.body, 'firstBody', letter.first_body,
		'editedBy', letter.edited_by, 'discardedAt', letter.discarded_at, 'discardedBy', letter.discarded_by,
		'discardedWhy', letter.discarded_why)
$$;

CREATE TABLE public.webhook_deliveries (
    id uuid NOT NULL,
    seq bigint NOT NULL,
    webhook_id uuid NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    ticket_id uuid,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    replays integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '72:00:00'::interval) NOT NULL,
    worker integer,
    started_at timestamp with time zone,
    status integer,
    error text,
    took_ms integer,
    request text,
    answer text,
    traceparent text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    body text NOT NULL,
    CONSTRAINT delivery_is_sent_by_somebody CHECK (((state = 'sending'::text) = (worker IS NOT NULL))),
    CONSTRAINT delivery_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'delivered'::text, 'failed'::text])))
);

CREATE FUNCTION public.delivery_json(d public.webhook_deliveries) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select jsonb_build_object('id', d.id, 'webhookId', d.webhook_id, 'eventId', d.event_id, 'event', d.event_type, 'ticketId', d.ticket_id,
		'state', d.state, 'attempts', d.attempts, 'replays', d.replays, 'status', d.status, 'error', d.error,
		'dueAt', case when d.state = 'waiting' then d.due_at end, 'createdAt', d.created_at, 'finishedAt', d.finished_at)
$$;

CREATE FUNCTION public.device_of(agent text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select concat_ws(', ', case when agent ~ 'Edg/' then 'Edge' when agent ~ 'OPR/' then 'Opera' when agent ~ 'Firefox/' then 'Firefox'
			when agent ~ 'Chrome/' then 'Chrome' when agent ~ 'Safari/' then 'Safari' else nullif(split_part(agent, '/', 1), '') end,
		case when agent ~ 'Android' then 'Android' when agent ~ 'iPhone|iPad' then 'iOS' when agent ~ 'Windows' then 'Windows'
			when agent ~ 'Mac OS X' then 'macOS' when agent ~ 'Linux' then 'Linux' end)
$$;

CREATE FUNCTION public.diagnostics_json() RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	with s as (select max(at) as at, (array_agg(snapshot))[1] as seen from monitor_state)
	select jsonb_build_object(
		'ageSeconds', extract(epoch from now() - s.at)::bigint,
		'findings', coalesce((select jsonb_agg(jsonb_build_object('name', l ->> 'name', 'subject', l ->> 'subject', 'severity', l ->> 'severity',
			'since', l ->> 'since', 'message', l -> 'message', 'todo', l -> 'todo')) from jsonb_array_elements(s.seen -> 'alerts') l), '[]'),
		'ports', coalesce((select jsonb_agg(jsonb_build_object('program', program, 'host', host, 'probe', facts ->> 'probe',
			'silentSeconds', extract(epoch from now() - seen_at)::bigint) order by program, started_at) from program_instances), '[]'),
		'disks', coalesce(s.seen -> 'disks', '[]'),
		'stores', jsonb_build_object('database', s.seen -> 'database', 'broker', s.seen -> 'broker', 'backup', s.seen -> 'backup'),
		'clock', jsonb_build_object('database', now(), 'programs', coalesce((select jsonb_agg(jsonb_build_object('program', program, 'host', host,
			'aheadSeconds', round(extract(epoch from (facts -> 'health' ->> 'timestamp')::timestamptz - seen_at)::numeric, 1)) order by program)
			from program_instances where facts -> 'health' ->> 'timestamp' is not null), '[]')),
		'queues', coalesce(s.seen -> 'queues', '[]'))
	from s
$$;

CREATE FUNCTION public.event_feed(actor uuid, access integer, after text, page_size bigint, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    AS $$
declare
	who record;
	horizon xid8 := pg_snapshot_xmin(pg_current_snapshot());
	since date := current_date - 28;
	after_xid xid8 := '0';
	after_id bigint := 0;
	place record;
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
	if after is not null then
		select p.xid, p.id, p.is_expired into place from feed_place(after) p;
		if place.is_expired then
			verdict := 'expired';
			return;
		end if;
		if after <> 'now' then
			since := '-infinity';
		end if;
		after_xid := place.xid;
		after_id := place.id;
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
end $$;

CREATE FUNCTION public.event_is_for_staff(type text, body text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select type like 'ticket.%' or (type = 'command.refused' and coalesce(json_of(body) ? 'ticketId', false))
		or (type like 'file.%' and coalesce(json_of(body) -> 'data' ? 'ticketId', false))
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

CREATE FUNCTION public.factor_is_on(account uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
	select exists (select from totp_factors f where f.account_id = account and f.confirmed_at is not null)
$$;

CREATE FUNCTION public.factor_spend(account uuid, step bigint, recovery bytea) RETURNS text
    LANGUAGE plpgsql
    AS $$
begin
	update totp_factors f set last_step = step where f.account_id = account and f.confirmed_at is not null and f.last_step < step;
	if found then
		return 'totp';
	end if;
	update recovery_codes r set used_at = now() where r.account_id = account and r.hash = recovery and r.used_at is null;
	return case when found then 'recovery_code' end;
end $$;

CREATE FUNCTION public.federated_sign_in(of_issuer text, of_subject text, wanted jsonb, state bytea, by_password boolean, id uuid, told uuid, told_role uuid, request_id text, traceparent text, origin text, OUT verdict text, OUT account uuid, OUT address text, OUT role text, OUT epoch integer, OUT first_name text, OUT last_name text, OUT moved boolean) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	is_proven boolean := coalesce((wanted ->> 'isProven')::boolean, false);
	said text := lower(wanted ->> 'email');
	person accounts;
	old_role text;
begin
	moved := false;
	verdict := 'ok';
	if state is not null then
		delete from spent_states s where s.hash in (select o.hash from spent_states o where o.spent_at < now() - interval '1 hour' limit 100);
		insert into spent_states (hash) values (state) on conflict do nothing;
		if not found then
			verdict := 'replayed';
			return;
		end if;
	end if;
	perform pg_advisory_xact_lock(hashtextextended(of_issuer || chr(10) || of_subject, 0));
	update identities i set used_at = now() where i.issuer = of_issuer and i.subject = of_subject returning i.account_id into account;
	if account is null then
		if said is null then
			verdict := 'nameless';
			return;
		end if;
		insert into accounts (id, email, first_name, last_name, language, email_verified_at, email_unproven)
		values (id, said, left(coalesce(wanted ->> 'firstName', ''), 100), left(coalesce(wanted ->> 'lastName', ''), 100),
			coalesce(nullif(wanted ->> 'language', ''), 'fr'), case when is_proven then now() end, not is_proven)
		on conflict do nothing returning * into person;
		if person.id is not null then
			insert into outbox (exchange, routing_key, type, headers, body)
			select e.* from outbox_event('user.registered', told, person.id, person.role, request_id, traceparent, 'accountId', person.id,
				jsonb_build_object('email', person.email, 'role', person.role), origin) e;
		else
			select * into person from accounts a where a.email = said for no key update;
			if not is_proven or (person.email_verified_at is null and not person.email_unproven
				and exists (select from credentials c where c.account_id = person.id)) then
				verdict := 'unproven';
				return;
			end if;
			if person.email_unproven then
				perform account_claim_ends(person.id);
			end if;
			update accounts a set email_verified_at = coalesce(a.email_verified_at, now()), email_unproven = false where a.id = person.id;
		end if;
		account := person.id;
		insert into identities (account_id, issuer, subject, email) values (account, of_issuer, of_subject, said);
	end if;
	select * into person from accounts a where a.id = account for no key update;
	if not person.active then
		verdict := 'disabled';
		return;
	end if;
	if by_password and exists (select from sign_in_failures f where f.email = person.email and f.locked_until > now()) then
		verdict := 'locked';
		return;
	end if;
	if person.role = 'admin' then
		perform from accounts a where a.role = 'admin' and a.active order by a.id for no key update; -- one demotion after the other
	end if;
	if wanted ->> 'role' in ('user', 'agent', 'manager', 'admin') and wanted ->> 'role' <> person.role and not (person.role = 'admin' and not exists (
		select from accounts a where a.role = 'admin' and a.active and a.id <> person.id)) then
		old_role := person.role;
		update accounts a set role = wanted ->> 'role', version = a.version + 1, updated_at = now()
		where a.id = person.id returning * into person;
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('user.role_changed', told_role, null, null, request_id, traceparent, 'accountId', person.id,
			jsonb_build_object('oldRole', old_role, 'newRole', person.role), origin) e;
		moved := true;
	end if;
	address := person.email;
	role := person.role;
	epoch := person.epoch;
	first_name := person.first_name;
	last_name := person.last_name;
end $$;

CREATE FUNCTION public.feed_place(said text, OUT day date, OUT xid xid8, OUT id bigint, OUT is_expired boolean) RETURNS record
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    AS $_$
begin
	day := current_date;
	xid := pg_snapshot_xmin(pg_current_snapshot());
	id := 0;
	is_expired := false;
	if said is null or said = 'now' then
		return;
	end if;
	if said !~ '^\d{8}_\d{1,19}_\d{1,18}$' then
		raise invalid_text_representation using message = 'this is no place in the feed';
	end if;
	is_expired := split_part(said, '_', 1)::date < current_date - 29
		or split_part(said, '_', 2)::xid8 > pg_snapshot_xmax(pg_current_snapshot());
	if not is_expired then
		day := split_part(said, '_', 1)::date;
		xid := split_part(said, '_', 2)::xid8;
		id := split_part(said, '_', 3)::bigint;
	end if;
end $_$;

CREATE TABLE public.files (
    id uuid NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    mime_type text NOT NULL,
    sha256 bytea NOT NULL,
    purpose text DEFAULT 'ticket'::text NOT NULL,
    description text,
    is_public boolean DEFAULT false NOT NULL,
    uploaded_by uuid,
    ticket_id uuid,
    comment_id uuid,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    deleted_at timestamp with time zone,
    deleted_by uuid,
    refused_at timestamp with time zone,
    scan_state text DEFAULT 'pending'::text NOT NULL,
    scan_note text,
    scan_engine text,
    scanned_at timestamp with time zone,
    scan_attempts integer DEFAULT 0 NOT NULL,
    next_scan_at timestamp with time zone DEFAULT now(),
    expired_at timestamp with time zone,
    place text DEFAULT 'temp'::text NOT NULL,
    picture jsonb,
    CONSTRAINT file_hash_is_sha256 CHECK ((octet_length(sha256) = 32)),
    CONSTRAINT file_is_kept_when_clean CHECK (((place <> 'kept'::text) OR (scan_state = 'clean'::text))),
    CONSTRAINT file_name_fits CHECK (((octet_length(name) >= 1) AND (octet_length(name) <= 255))),
    CONSTRAINT file_of_comment_has_ticket CHECK (((comment_id IS NULL) OR (ticket_id IS NOT NULL))),
    CONSTRAINT file_place_is_known CHECK ((place = ANY (ARRAY['temp'::text, 'kept'::text, 'quarantine'::text, 'gone'::text]))),
    CONSTRAINT file_purpose_is_known CHECK ((purpose = ANY (ARRAY['ticket'::text, 'avatar'::text]))),
    CONSTRAINT file_scan_state_is_known CHECK ((scan_state = ANY (ARRAY['pending'::text, 'clean'::text, 'infected'::text, 'unscannable'::text, 'error'::text]))),
    CONSTRAINT file_size_is_positive CHECK ((size >= 0))
);

CREATE FUNCTION public.file_bucket(f public.files) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when f.place in ('temp', 'quarantine') then 'helpdesk-temp' when f.place = 'gone' then null
		when f.purpose = 'avatar' then 'helpdesk-avatars' else 'helpdesk-tickets' end
$$;

CREATE FUNCTION public.file_content_lock(sha256 bytea) RETURNS bigint
    LANGUAGE sql IMMUTABLE
    AS $$ select ('x' || encode(substr(sha256, 1, 8), 'hex'))::bit(64)::bigint $$;

CREATE FUNCTION public.file_figures(actor uuid, is_staff boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return (
		with counted as materialized (
			select f.size, f.mime_type, f.scan_state from files f
			where f.deleted_at is null and f.place <> 'gone' and (is_staff or f.uploaded_by = actor)
			order by f.created_at desc limit 100000
		)
		select jsonb_build_object('totalFiles', count(*), 'totalSize', coalesce(sum(size), 0), 'averageSize', coalesce(round(avg(size)), 0),
			'isExact', count(*) < 100000,
			'byType', (select coalesce(jsonb_object_agg(mime_type, n), '{}') from (select mime_type, count(*) as n from counted group by mime_type) t),
			'byScanState', (select coalesce(jsonb_object_agg(scan_state, n), '{}') from (select scan_state, count(*) as n from counted group by scan_state) s))
		from counted);
end $$;

CREATE FUNCTION public.file_is_seen(f public.files, actor uuid, is_own boolean, is_staff boolean, bits integer) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if f.ticket_id is null then
		return is_own or bits & 32 <> 0;
	end if;
	return is_staff or exists (select from tickets t where t.id = f.ticket_id and t.owner_id = actor)
		or (f.comment_id is not null and ticket_is_heard(f.ticket_id, f.comment_id, actor));
end $$;

CREATE FUNCTION public.file_json(f public.files) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', f.id, 'fileId', f.id, 'name', f.name, 'originalName', f.name, 'fileName', f.name,
		'storedName', regexp_replace(file_key(f), '^.*/', ''),
		'filePath', file_bucket(f) || '/' || file_key(f), 'bucketName', file_bucket(f),
		'size', coalesce((f.picture ->> 'preview')::bigint, f.size), 'originalSize', f.size, 'fileSize', f.size,
		'mimeType', f.mime_type, 'fileHash', encode(f.sha256, 'hex'), 'purpose', f.purpose, 'ticketId', f.ticket_id,
		'commentId', f.comment_id, 'uploadedBy', f.uploaded_by, 'description', f.description, 'isPublic', f.is_public,
		'isDeleted', f.deleted_at is not null, 'deletedAt', f.deleted_at)
		|| jsonb_build_object('virusScanned', f.scanned_at is not null and coalesce(f.scan_engine <> 'none', true),
		'virusStatus', case when f.scan_engine = 'none' then 'skipped' else f.scan_state end, 'scanState', f.scan_state,
		'scannedAt', f.scanned_at, 'version', f.version, 'createdAt', f.created_at, 'updatedAt', f.updated_at,
		'url', '/api/v1/files/' || f.id || '/download', 'downloadUrl', '/api/v1/files/' || f.id || '/download',
		'previewUrl', case when f.picture is not null then '/api/v1/files/' || f.id || '/preview' end)
$$;

CREATE FUNCTION public.file_key(f public.files) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case f.place when 'temp' then 'new/' || f.id when 'quarantine' then 'quarantine/' || encode(f.sha256, 'hex')
		when 'kept' then left(encode(f.sha256, 'hex'), 2) || '/' || substr(encode(f.sha256, 'hex'), 3, 2) || '/' || encode(f.sha256, 'hex') end
$$;

CREATE FUNCTION public.file_list(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	who record;
	place record;
	last record;
	n bigint;
begin
	select * into who from actor_of(actor);
	select * into place from page_wanted(wanted, 20);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when not wanted ? 'cursor' and place.number * place.size > 10000 then 'too_far' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if wanted ? 'cursor' then
		place.skipped := 0;
	end if;
	select jsonb_build_object('files', coalesce(jsonb_agg(file_json(f) order by f.created_at desc, f.id desc), '[]')) as shown_data, count(*) as shown,
		cursor_of(min(f.created_at), (array_agg(f.id order by f.created_at, f.id))[1]) as next
	into last from file_page(wanted, actor, who.is_staff, who.bits & 32 <> 0, place.size, place.skipped) f;
	data := last.shown_data;
	select count(*) into n from file_page(wanted - 'cursor', actor, who.is_staff, who.bits & 32 <> 0, 10000, 0);
	pagination := page_json(place.number, place.size, n) || jsonb_build_object('totalIsExact', n < 10000,
		'nextCursor', case when last.shown = place.size then last.next end);
end $$;

CREATE FUNCTION public.file_page(wanted jsonb, actor uuid, is_staff boolean, sees_all boolean, most bigint, skipped bigint) RETURNS SETOF public.files
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	sought text := '%' || replace(replace(replace(lower(wanted ->> 'q'), '\', '\\'), '%', '\%'), '_', '\_') || '%';
	kind text := lower(wanted ->> 'type');
begin
	return query
	select f.* from files f
	where f.deleted_at is null and f.place <> 'gone'
		and (sees_all or f.uploaded_by = actor or (wanted ? 'q' and is_staff and f.ticket_id is not null))
		and (not wanted ? 'cursor' or (f.created_at, f.id) < (cursor_time(wanted ->> 'cursor'), cursor_id(wanted ->> 'cursor')))
		and (kind is null or f.mime_type = kind or f.mime_type like kind || '/%')
		and (sought is null or lower(f.name) like sought or lower(f.description) like sought)
		and (f.ticket_id is null or exists (select from tickets t where t.id = f.ticket_id and t.deleted_at is null
			and (is_staff or t.owner_id = actor)))
		and (is_staff or f.comment_id is null
			or exists (select from ticket_comments c where c.id = f.comment_id and not c.is_internal))
	order by f.created_at desc, f.id desc
	limit most offset skipped;
end $$;

CREATE FUNCTION public.file_verdict(f public.files, actor uuid, access integer) RETURNS text
    LANGUAGE plpgsql STABLE
    AS $$
declare
	who record;
	is_internal boolean := false;
	is_own boolean;
begin
	if f.id is null or f.deleted_at is not null or f.place = 'gone' then
		return 'missing';
	end if;
	if f.comment_id is not null then
		select c.is_internal into is_internal from ticket_comments c where c.id = f.comment_id;
	end if;
	if f.ticket_id is not null and exists (select from tickets t where t.id = f.ticket_id and t.deleted_at is not null) then
		return 'missing';
	end if;
	if access & 1 <> 0 and f.is_public and f.scan_state = 'clean' and not is_internal then
		return 'ok';
	end if;
	if actor is null then
		return 'unsigned';
	end if;
	select * into who from actor_of(actor);
	if who.active is not true then
		return 'disabled';
	end if;
	-- What is staff's own is not there for others.
	if is_internal and not who.is_staff then
		return 'missing';
	end if;
	is_own := f.uploaded_by is not distinct from actor;
	if not file_is_seen(f, actor, is_own, who.is_staff, who.bits) then
		return 'forbidden';
	end if;
	return case when access & 2 <> 0 or (access & 4 <> 0 and is_own) or who.bits & access & 56 <> 0 then 'ok' else 'forbidden' end;
end $$;

CREATE FUNCTION public.files_cleanup(actor uuid, unattached_s bigint, kept_s bigint, OUT verdict text, OUT removed bigint, OUT bytes bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict = 'ok' then
		select e.removed, e.bytes into removed, bytes from files_expire(unattached_s, kept_s, false) e;
	end if;
end $$;

CREATE FUNCTION public.files_expire(unattached_s bigint, kept_s bigint, dry boolean, OUT removed bigint, OUT bytes bigint) RETURNS record
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	long_ago timestamptz := now() - make_interval(secs => kept_s);
	due uuid[];
begin
	select array_agg(d.id), count(*), coalesce(sum(d.size), 0) into due, removed, bytes
	from (
		select id, size from files
		where ticket_id is null and purpose = 'ticket' and place <> 'gone' and created_at < now() - make_interval(secs => unattached_s)
			and expired_at is null
		union
		select id, size from files where deleted_at is not null and place <> 'gone' and deleted_at < long_ago and expired_at is null
		union
		select id, size from files where place = 'quarantine' and scanned_at < long_ago and expired_at is null
		union
		select id, size from files f where purpose = 'avatar' and place = 'kept' and created_at < long_ago and expired_at is null
			and id is distinct from avatar_of(f.uploaded_by)
		limit 10000
	) d;
	if not dry then
		update files set expired_at = now() where id = any (due);
	end if;
end $$;

CREATE FUNCTION public.history_is_public(field text) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select field not in ('internal_comment', 'tags', 'link', 'merged_from', 'event', 'internal_file',
	'sla', 'sla_policy', 'late', 'reminded', 'snoozed_until', 'response_due_at', 'next_response_due_at') $$;

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

CREATE FUNCTION public.id_beside(drawn uuid, n bigint) RETURNS uuid
    LANGUAGE sql IMMUTABLE
    AS $$
	select overlay(drawn::text placing lpad(to_hex(n), 4, '0') from 33)::uuid
$$;

CREATE FUNCTION public.id_time(id uuid) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE
    AS $$
	select case when get_byte(uuid_send(id), 6) >> 4 = 7
		then to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0) end
$$;

CREATE TABLE public.inbound_mails (
    id uuid NOT NULL,
    door text NOT NULL,
    peer text DEFAULT ''::text NOT NULL,
    envelope_from text,
    recipients text[] DEFAULT '{}'::text[] NOT NULL,
    size bigint NOT NULL,
    sha256 bytea NOT NULL,
    door_key text,
    traceparent text,
    accepted_at timestamp with time zone DEFAULT now() NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    kills integer DEFAULT 0 NOT NULL,
    next_attempt_at timestamp with time zone DEFAULT now() NOT NULL,
    error text,
    outcome text,
    outcome_at timestamp with time zone,
    reason text,
    approval text,
    approved_by uuid,
    let_in boolean DEFAULT false NOT NULL,
    mailbox_id uuid,
    from_address text,
    from_name text,
    sender_id uuid,
    subject text,
    message_id text,
    message_hash bytea,
    body_hash bytea,
    verified text,
    automatic text,
    acknowledged boolean DEFAULT false NOT NULL,
    ticket_id uuid,
    comment_id uuid,
    command_id uuid,
    applied boolean,
    rounds integer DEFAULT 0 NOT NULL,
    reread boolean DEFAULT false NOT NULL,
    duplicate_of uuid,
    notified_mail_id uuid,
    CONSTRAINT inbound_approval_is_known CHECK ((approval = ANY (ARRAY['waiting'::text, 'approved'::text, 'rejected'::text]))),
    CONSTRAINT inbound_door_is_known CHECK ((door = ANY (ARRAY['lmtp'::text, 'smtp'::text, 'pipe'::text, 'http'::text, 'imap'::text, 'import'::text]))),
    CONSTRAINT inbound_outcome_has_time CHECK (((outcome IS NULL) = (outcome_at IS NULL))),
    CONSTRAINT inbound_outcome_is_known CHECK ((outcome = ANY (ARRAY['ticket'::text, 'reply'::text, 'bounce'::text, 'auto'::text, 'duplicate'::text, 'quarantined'::text])))
);

CREATE FUNCTION public.inbound_json(i public.inbound_mails) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', i.id, 'door', i.door, 'acceptedAt', i.accepted_at, 'from', i.from_address, 'fromName', i.from_name,
		'subject', i.subject, 'size', i.size, 'outcome', i.outcome, 'reason', i.reason, 'approval', i.approval,
		'verified', i.verified, 'automatic', i.automatic, 'mailboxId', i.mailbox_id, 'ticketId', i.ticket_id,
		'ticketNumber', ticket_number_of(i.ticket_id), 'commentId', i.comment_id, 'attempts', i.attempts, 'error', i.error)
$$;

CREATE FUNCTION public.inbound_ledger() RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	with counted as (
		select (select count(*) from inbound_mails) as received,
			(select count(*) from inbound_mails where outcome is null) as waiting,
			(select count(*) from inbound_mails where outcome = 'ticket') as ticket,
			(select count(*) from inbound_mails where outcome = 'reply') as reply,
			(select count(*) from inbound_mails where outcome = 'bounce') as bounce,
			(select count(*) from inbound_mails where outcome = 'auto') as auto,
			(select count(*) from inbound_mails where outcome = 'duplicate') as duplicate,
			(select count(*) from inbound_mails where outcome = 'quarantined') as quarantined,
			(select count(*) from inbound_mails where command_id is not null and applied is null
				and outcome_at < now() - interval '1 minute') as unapplied,
			(select count(*) from inbound_mails where approval = 'waiting') as approvals,
			(select coalesce(extract(epoch from now() - min(accepted_at))::bigint, 0) from inbound_mails where outcome is null) as oldest
	)
	select jsonb_build_object('received', received, 'waiting', waiting, 'ticket', ticket, 'reply', reply, 'bounce', bounce,
		'auto', auto, 'duplicate', duplicate, 'quarantined', quarantined, 'unapplied', unapplied, 'approvals', approvals,
		'agrees', received = waiting + ticket + reply + bounce + auto + duplicate + quarantined, 'oldestWaitingSeconds', oldest)
	from counted
$$;

CREATE FUNCTION public.inbound_manage(actor uuid, told uuid, action text, inbound uuid, watch boolean, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
begin
	select * into who from actor_of(actor);
	if (actor is null and session_user = 'guichet_ingress') or (actor is not null and (who.id is null or not who.active
			or not who.is_staff)) then
		return 'forbidden';
	end if;
	if action in ('approve', 'reject') then
		update inbound_mails set approval = case action when 'approve' then 'approved' else 'rejected' end, approved_by = actor,
			let_in = coalesce(watch, false), outcome = null, outcome_at = null, next_attempt_at = now()
		where id = inbound and approval = 'waiting' and outcome = 'reply';
	elsif action = 'reparse' then
		update inbound_mails set reread = true, next_attempt_at = now(), kills = 0, attempts = 0,
			outcome = case when outcome in ('ticket', 'reply') then outcome end,
			outcome_at = case when outcome in ('ticket', 'reply') then outcome_at end
		where id = inbound and outcome is not null and outcome <> 'duplicate';
	else
		raise exception 'no such action';
	end if;
	if not found then
		return case when exists (select from inbound_mails where id = inbound) then 'conflict' else 'missing' end;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('inbound.managed', told, actor, who.role, request_id, traceparent, 'inboundId', inbound,
		jsonb_build_object('action', action, 'watch', watch), origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.inbound_page(wanted jsonb) RETURNS SETOF public.inbound_mails
    LANGUAGE sql STABLE
    AS $$
	select i.* from inbound_mails i
	where (not wanted ? 'outcome' or i.outcome = wanted ->> 'outcome')
		and (not wanted ? 'approval' or i.approval = wanted ->> 'approval')
		and (not wanted ? 'mailboxId' or i.mailbox_id = (wanted ->> 'mailboxId')::uuid)
		and (not wanted ? 'ticketId' or i.ticket_id = (wanted ->> 'ticketId')::uuid)
		and (not wanted ? 'from' or i.from_address = wanted ->> 'from')
$$;

CREATE FUNCTION public.inbound_whole(i public.inbound_mails) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select inbound_json(i) || jsonb_build_object('peer', i.peer, 'envelopeFrom', i.envelope_from, 'recipients', to_jsonb(i.recipients),
		'messageId', i.message_id, 'sha256', encode(i.sha256, 'hex'), 'duplicateOf', i.duplicate_of, 'mailId', i.notified_mail_id,
		'to', coalesce(t.to_shown, '[]'), 'cc', coalesce(t.cc_shown, '[]'), 'text', coalesce(t.visible_text, ''),
		'foldedText', coalesce(t.folded_text, ''), 'html', coalesce(t.visible_html, ''), 'foldedHtml', coalesce(t.folded_html, ''),
		'attachments', coalesce(t.attachments, '[]'), 'notes', coalesce(t.notes, '[]'))
	from (select 1) one left join inbound_texts t on t.inbound_id = i.id
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

CREATE FUNCTION public.inbox_found(ids uuid[]) RETURNS SETOF public.inbox
    LANGUAGE sql STABLE
    AS $$
	select i.* from unnest(ids) as wanted(id) cross join lateral inbox_of_day((id_time(wanted.id) at time zone 'utc')::date, array[wanted.id]) i
	where id_time(wanted.id) is not null
	union all
	select k.finished_at::date, k.command_id, k.state, k.type, k.status, k.code, k.subject_id, k.version, k.actor_id, k.fp, k.problem, k.finished_at
	from inbox_keyed k where k.command_id = any (ids)
$$;

CREATE FUNCTION public.inbox_of_day(wanted date, ids uuid[]) RETURNS SETOF public.inbox
    LANGUAGE plpgsql STABLE ROWS 10
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
begin
	return query select * from inbox where day = wanted and command_id = any(ids);
end
$$;

CREATE FUNCTION public.instance_gone(process uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	perform set_config('synchronous_commit', 'off', true);
	delete from program_instances where (instance = process and (session_user not like 'guichet\_%'
		or session_user = 'guichet_' || program)) or seen_at < now() - interval '1 day';
end $$;

CREATE FUNCTION public.instance_seen(named text, process uuid, about jsonb, said jsonb) RETURNS jsonb
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if session_user like 'guichet\_%' and session_user <> 'guichet_' || named then
		raise exception '% is not %', session_user, named;
	end if;
	perform set_config('synchronous_commit', 'off', true);
	-- A program that dies again and again leaves a row each time, which everybody reads who looks on.
	if not exists (select from program_instances where instance = process) then
		delete from program_instances where instance in (
			select instance from program_instances where program = named and seen_at < now() - interval '1 minute' order by seen_at desc offset 20);
	end if;
	insert into program_instances (instance, program, host, pid, version, started_at, facts)
	values (process, named, about ->> 'host', (about ->> 'pid')::integer, about ->> 'version', (about ->> 'startedAt')::timestamptz, said - 'lines')
	on conflict (instance) do update set seen_at = now(), facts = said - 'lines';
	if said ? 'lines' then
		perform log_keep(named, about ->> 'host', said -> 'lines');
	end if;
	if about ? 'settings' then
		insert into program_settings (instance, settings) values (process, about -> 'settings') on conflict (instance) do nothing;
	end if;
	return jsonb_build_object(
		'paused', coalesce((select jsonb_agg(target order by target) from operator_pauses where until is null or until > now()), '[]'),
		'logLevel', (select level from operator_log_levels where program = named and until > now()),
		'wantsSettings', not exists (select from program_settings s where s.instance = process));
end $$;

CREATE FUNCTION public.intake_known(asked jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	with sender as (
		select a.id, a.role, a.active, a.language from accounts a where a.email = asked ->> 'from'
	), ours as (
		select asked ->> 'own' as address
		union all
		select m.address from mailboxes m where m.deleted_at is null and m.address in (asked ->> 'fromPlain', asked ->> 'forwardPlain')
	), plain as (
		select split_part(asked ->> 'fromPlain', '@', 1) as name, split_part(asked ->> 'fromPlain', '@', 2) as domain
	), told as (
		select i.outcome_at from inbound_mails i where i.from_address = asked ->> 'fromPlain'
			and i.acknowledged and i.outcome_at > now() - interval '1 day'
		union all
		select i.outcome_at from plain p join inbound_mails i on i.from_address >= p.name || '+' and i.from_address < p.name || ','
			and split_part(i.from_address, '@', 2) = p.domain
		where i.acknowledged and i.outcome_at > now() - interval '1 day'
	), named as (
		select 'token' as basis, 1 as rank, (asked ->> 'ticket')::uuid as id
		union all
		select 'reference', 2, m.ticket_id from mails m
		where m.id in (select x::uuid from jsonb_array_elements_text(asked -> 'mails') x)
		union all
		select 'reference', 2, r.ticket_id from message_references r
		where r.message_hash in (select decode(x, 'hex') from jsonb_array_elements_text(asked -> 'hashes') x)
		union all
		select 'number', 3, t.id from tickets t where t.number = asked ->> 'number'
	), living as (
		select min(rank) as rank, (array_agg(basis order by rank))[1] as basis, ticket_end(id) as id
		from named where id is not null group by ticket_end(id)
	), found as (
		select row_number() over (order by l.rank, (p.part is not true), (t.status = 'closed'), t.created_at desc) as place,
			l.basis, t.id, t.number, t.owner_id, t.file_count, coalesce(p.part, false) as part
		from living l join tickets t on t.id = l.id
		left join lateral (select s.id = t.owner_id or s.id = any(t.watchers) as part from sender s) p on true
		where t.deleted_at is null
		order by place limit 5
	)
	select jsonb_build_object(
		'mailbox', (select to_jsonb(m) from jsonb_array_elements_text(asked -> 'addresses') with ordinality x(address, place)
			join mailboxes m on m.address = x.address and m.deleted_at is null order by x.place limit 1),
		'ours', exists (select from ours o where o.address = asked ->> 'fromPlain'),
		'ownAddresses', (select coalesce(jsonb_agg(m.address), '[]') from mailboxes m where m.deleted_at is null
			and m.address in (select jsonb_array_elements_text(asked -> 'addresses'))),
		'forwardOurs', exists (select from ours o where o.address = asked ->> 'forwardPlain'),
		'sender', (select to_jsonb(s) || jsonb_build_object('staff', s.role not in ('user', 'service')) from sender s),
		'duplicate', (select i.id from inbound_mails i where i.message_hash = decode(asked ->> 'messageHash', 'hex')
			and i.body_hash = decode(asked ->> 'bodyHash', 'hex') and i.id <> (asked ->> 'id')::uuid and i.outcome is not null
			and i.outcome <> 'duplicate' order by i.id limit 1),
		'tickets', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'basis', f.basis, 'number', f.number,
			'owner', f.owner_id, 'part', f.part, 'files', f.file_count,
			'answers', (select count(*) from inbound_mails i where i.ticket_id = f.id and i.from_address = asked ->> 'from'
				and i.outcome = 'reply' and i.approval is null and i.outcome_at > now() - interval '1 hour')
			) order by f.place) from found f), '[]'),
		'bounced', (select jsonb_build_object('id', m.id, 'recipient', m.recipient, 'ticket', m.ticket_id, 'template', m.template)
			from mails m where m.id = (asked ->> 'bounced')::uuid),
		'stopped', exists (select from mail_suppressions p where p.address = asked ->> 'from'),
		'hour', (select count(*) from told where outcome_at > now() - interval '1 hour'),
		'day', (select count(*) from told))
$$;

CREATE FUNCTION public.intake_person(address text, told uuid, traceparent text) RETURNS TABLE(id uuid, active boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	claimed accounts;
begin
	select * into claimed from accounts a where a.email = address and a.email_unproven for no key update;
	if claimed.id is not null then
		perform account_claim_ends(claimed.id);
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('user.password_withdrawn', told, null::uuid, null, null, traceparent, 'accountId', claimed.id, '{}', null) e;
	end if;
	return query select a.id, a.active from accounts a where a.email = address;
end $$;

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

CREATE FUNCTION public.log_keep(named text, host text, lines jsonb) RETURNS void
    LANGUAGE sql
    AS $$
	insert into log_lines (at, level, program, host, message, ids, line)
	select coalesce((l ->> 'ts')::timestamptz, now()), array_position(array['debug', 'info', 'notice', 'warning', 'error', 'critical'], l ->> 'level') - 1,
		named, host, left(coalesce(l ->> 'msg', ''), 2000), array_remove(array[l ->> 'request_id', l ->> 'command_id', l ->> 'trace_id'], null), l
	from jsonb_array_elements(lines) with ordinality as e(l, n)
	where jsonb_typeof(l) = 'object' and l ->> 'level' in ('debug', 'info', 'notice', 'warning', 'error', 'critical') and n <= 1000
	order by n
$$;

CREATE FUNCTION public.log_page(f jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return (
		select coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('seq', l.seq, 'at', l.at,
			'level', (array['debug', 'info', 'notice', 'warning', 'error', 'critical'])[l.level + 1], 'service', l.program, 'host', l.host,
			'message', l.message, 'line', l.line)) order by l.seq desc), '[]')
		from (
			select * from log_lines o
			where (f ->> 'before' is null or o.seq < (f ->> 'before')::bigint)
				and (f ->> 'service' is null or o.program = f ->> 'service')
				and (f ->> 'level' is null or o.level >= array_position(array['debug', 'info', 'notice', 'warning', 'error', 'critical'], f ->> 'level') - 1)
				and (f ->> 'since' is null or (o.at >= (f ->> 'since')::timestamptz and o.day >= ((f ->> 'since')::timestamptz at time zone 'utc')::date - 1))
				and (f ->> 'until' is null or o.at < (f ->> 'until')::timestamptz)
				and (f ->> 'id' is null or o.ids @> array[f ->> 'id'])
				and (f ->> 'search' is null or o.line::text ilike '%' || regexp_replace(f ->> 'search', '([\\%_])', '\\\1', 'g') || '%')
			order by o.seq desc
			limit least(coalesce((f ->> 'tail')::integer, 100), 1000)
		) l
	);
end $$;

CREATE FUNCTION public.log_take(actor uuid, bits integer, service text, line jsonb) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not exists (select from actor_of(actor) a where a.active and a.bits & log_take.bits <> 0) then
		return 'forbidden';
	end if;
	perform log_keep(service, 'api', jsonb_build_array(line));
	return 'ok';
end $$;

CREATE FUNCTION public.mail_domains_json() RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select coalesce(jsonb_agg(jsonb_build_object('domain', d.domain, 'waiting', d.waiting, 'sent', d.sent, 'deferred', d.deferred,
		'failed', d.failed, 'bounced', d.bounced, 'complained', d.complained, 'slowUntil', d.slow_until)
		order by d.waiting desc, d.sent desc, d.domain), '[]')
	from (
		select domain, coalesce(w.waiting, 0) as waiting, coalesce(c.sent, 0) as sent, coalesce(c.deferred, 0) as deferred,
			coalesce(c.failed, 0) as failed, coalesce(c.bounced, 0) as bounced, coalesce(c.complained, 0) as complained,
			case when s.slow_until > now() then s.slow_until end as slow_until
		from (select domain, count(*) as waiting from mails where state in ('queued', 'sending', 'held') group by domain) w
			full join (select domain, sum(sent) as sent, sum(deferred) as deferred, sum(failed) as failed, sum(bounced) as bounced,
				sum(complained) as complained from mail_counts group by domain) c using (domain)
			left join mail_domains s using (domain)
		order by waiting desc, sent desc, domain
		limit 100) d
$$;

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
    topic text,
    unsubscribe text,
    sender text DEFAULT ''::text NOT NULL,
    domain text GENERATED ALWAYS AS (lower("substring"(recipient, '[^@]*$'::text))) STORED NOT NULL,
    refusals integer DEFAULT 0 NOT NULL,
    for_server boolean DEFAULT false NOT NULL,
    tried_at timestamp with time zone,
    transcript text DEFAULT ''::text NOT NULL,
    CONSTRAINT mail_priority_is_known CHECK ((priority = ANY (ARRAY[1, 2, 3]))),
    CONSTRAINT mail_sent_has_sent_at CHECK (((state = 'sent'::text) = (sent_at IS NOT NULL))),
    CONSTRAINT mail_state_is_known CHECK ((state = ANY (ARRAY['queued'::text, 'sending'::text, 'sent'::text, 'failed'::text, 'held'::text])))
);

CREATE FUNCTION public.mail_job_json(m public.mails) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', m.id, 'state', m.state, 'why', case
			when m.state in ('held', 'sent', 'failed', 'sending') then m.state
			when m.for_server then 'server'
			when m.next_attempt_at > now() then 'refused'
			when exists (select from mail_domains d where d.domain = m.domain and d.slow_until > now()) then 'slow_domain'
			else 'due' end,
		'priority', (array['high', 'normal', 'low'])[m.priority], 'attempts', m.attempts, 'refusals', m.refusals,
		'nextAttemptAt', case when m.state = 'queued' then m.next_attempt_at end, 'triedAt', m.tried_at, 'sentAt', m.sent_at,
		'recipient', m.recipient, 'domain', m.domain, 'sender', nullif(m.sender, ''), 'template', m.template,
		'language', m.language, 'ticketId', m.ticket_id, 'recipientId', m.recipient_id, 'lastReply', m.last_reply,
		'createdAt', m.created_at)
$$;

CREATE FUNCTION public.mail_job_whole(job uuid) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select mail_job_json(m) || jsonb_build_object('transcript', m.transcript, 'suppressed', s.reason)
	from mails m left join mail_suppressions s on s.address = lower(m.recipient)
	where m.id = job
$$;

CREATE FUNCTION public.mail_lane_json(states text[], lane smallint, wanted jsonb) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object(
		'depth', (select count(*) from (
			select from mails m where m.state = any (states) and (lane is null or m.priority = lane)
				and (not wanted ? 'domain' or m.domain = lower(wanted ->> 'domain'))
				and (not wanted ? 'error' or strpos(lower(m.last_reply), lower(wanted ->> 'error')) > 0)
			limit 1000000) counted),
		'jobs', (select coalesce(jsonb_agg(mail_job_json(j.m) order by (j.m).next_attempt_at, (j.m).id), '[]') from (
			select m from mails m where m.state = any (states) and (lane is null or m.priority = lane)
				and (not wanted ? 'domain' or m.domain = lower(wanted ->> 'domain'))
				and (not wanted ? 'error' or strpos(lower(m.last_reply), lower(wanted ->> 'error')) > 0)
			order by m.next_attempt_at, m.id
			limit coalesce((wanted ->> 'limit')::integer, 20)) j))
$$;

CREATE FUNCTION public.mail_manage(actor uuid, told uuid, action text, chosen jsonb, request_id text, traceparent text, origin text, OUT verdict text, OUT changed bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
	job uuid := (chosen ->> 'jobId')::uuid;
	open_states text[] := case action when 'hold' then '{queued}' when 'release' then '{held}' else '{queued,held,failed}' end;
begin
	select * into who from actor_of(actor);
	if (actor is null and session_user = 'guichet_ingress') or (actor is not null and (who.id is null or not who.active
			or who.bits & 32 = 0)) then
		verdict := 'forbidden';
		return;
	end if;
	if not chosen ?| array['jobId', 'domain', 'error'] then
		raise exception 'no mail is chosen';
	end if;
	with wanted as (
		select m.id from mails m
		where m.state = any (open_states) and (job is null or m.id = job)
			and (not chosen ? 'domain' or m.domain = lower(chosen ->> 'domain'))
			and (not chosen ? 'error' or strpos(lower(m.last_reply), lower(chosen ->> 'error')) > 0)
		order by m.id limit 10000 for update
	), done as (
		update mails m set
			state = case action when 'hold' then 'held' else 'queued' end,
			next_attempt_at = case when action in ('retry', 'readdress') then now() else m.next_attempt_at end,
			refusals = case when action in ('retry', 'readdress') then 0 else m.refusals end,
			first_refused_at = case when action in ('retry', 'readdress') then null else m.first_refused_at end,
			for_server = m.for_server and action not in ('retry', 'readdress'),
			recipient = case action when 'readdress' then chosen ->> 'recipient' else m.recipient end,
			unsubscribe = case when action <> 'readdress' then m.unsubscribe end
		from wanted w where m.id = w.id
		returning 1
	)
	select count(*) into changed from done;
	if changed = 0 and job is not null then
		verdict := case when exists (select from mails m where m.id = job) then 'conflict' else 'missing' end;
		return;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('mail.managed', told, actor, who.role, request_id, traceparent, 'mailId', job,
		jsonb_build_object('action', action, 'domain', chosen -> 'domain', 'error', chosen -> 'error', 'recipient',
			chosen -> 'recipient', 'jobs', changed), origin) e;
	verdict := 'ok';
exception when unique_violation then
	verdict := 'conflict';
end $$;

CREATE FUNCTION public.mail_queue_json(wanted jsonb) RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select jsonb_build_object('high', mail_lane_json('{queued,sending}', 1::smallint, wanted),
		'normal', mail_lane_json('{queued,sending}', 2::smallint, wanted),
		'low', mail_lane_json('{queued,sending}', 3::smallint, wanted),
		'failed', mail_lane_json('{failed}', null, wanted), 'held', mail_lane_json('{held}', null, wanted),
		'depth', (select count(*) from (select from mails where state in ('queued', 'sending') limit 1000000) waiting),
		'server', (select jsonb_build_object('isUp', coalesce(bool_and(is_up), true), 'since', max(since), 'said',
			max(said) filter (where not is_up)) from dependencies where name = 'smtp'),
		'byDomain', mail_domains_json())
$$;

CREATE FUNCTION public.mail_said_json(inbound uuid, is_staff boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select jsonb_build_object('html', t.visible_html, 'foldedText', t.folded_text, 'foldedHtml', t.folded_html,
			'attachments', t.attachments)
			|| case when is_staff then jsonb_build_object('inboundId', i.id, 'from', i.from_address, 'fromName', i.from_name,
				'verified', i.verified, 'to', t.to_shown, 'cc', t.cc_shown, 'notes', t.notes) else '{}' end
		from inbound_mails i join inbound_texts t on t.inbound_id = i.id where i.id = inbound);
end $$;

CREATE FUNCTION public.mail_suppress(actor uuid, told uuid, given text, why text, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
begin
	select * into who from actor_of(actor);
	if (actor is null and session_user = 'guichet_ingress') or (actor is not null and (who.id is null or not who.active
			or who.bits & 32 = 0)) then
		return 'forbidden';
	end if;
	if why is null then
		delete from mail_suppressions where address = lower(given);
		if not found then
			return 'missing';
		end if;
	else
		insert into mail_suppressions as s (address, reason, source) values (lower(given), why, 'operator')
		on conflict (address) do update set reason = excluded.reason, source = excluded.source;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('mail.suppression_changed', told, actor, who.role, request_id, traceparent, 'accountId', null,
		jsonb_build_object('address', lower(given), 'reason', why, 'isSuppressed', why is not null), origin) e;
	return 'ok';
end $$;

CREATE TABLE public.mailboxes (
    id uuid NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    address text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    language text,
    category text,
    priority text,
    signature text DEFAULT ''::text NOT NULL,
    answers boolean DEFAULT true NOT NULL,
    strangers text DEFAULT 'wait'::text NOT NULL,
    watch_copied boolean DEFAULT false NOT NULL,
    trust_reply_to boolean DEFAULT false NOT NULL,
    commands boolean DEFAULT true NOT NULL,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT mailbox_address_is_lower CHECK (((address = lower(address)) AND (address ~~ '%_@_%'::text))),
    CONSTRAINT mailbox_language_is_known CHECK ((language = ANY (ARRAY['fr'::text, 'en'::text]))),
    CONSTRAINT mailbox_priority_is_known CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'urgent'::text]))),
    CONSTRAINT mailbox_strangers_is_known CHECK ((strangers = ANY (ARRAY['wait'::text, 'ticket'::text])))
);

CREATE FUNCTION public.mailbox_json(m public.mailboxes) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', m.id, 'address', m.address, 'name', m.name, 'language', m.language, 'category', m.category,
		'priority', m.priority, 'signature', m.signature, 'strangers', m.strangers, 'answers', m.answers,
		'watchCopied', m.watch_copied, 'trustReplyTo', m.trust_reply_to, 'commands', m.commands, 'active', m.active,
		'version', m.version, 'createdAt', m.created_at, 'updatedAt', m.updated_at)
$$;

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

CREATE FUNCTION public.monitor_look() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	with instances as (
		-- One that died is past when its program was heard of since: its row stays for a day.
		select i.*, extract(epoch from now() - i.seen_at)::bigint as silent from program_instances i
		where i.seen_at > now() - interval '1 minute' or not exists (
			select from program_instances j where j.program = i.program and (j.seen_at, j.instance) > (i.seen_at, i.instance))
	), waiting as materialized (
		select o.headers ->> 'message_id' as id from outbox o, relay_cursor c
		where (o.xid, o.id) > (c.xid, c.id) order by o.xid, o.id limit 100000
	), first_waiting as (
		select min(case when substr(id, 15, 1) = '7' then to_timestamp(('x' || translate(left(id, 13), '-', ''))::bit(48)::bigint / 1000.0) end) as at
		from (select id from waiting limit 100) f
	)
	select jsonb_build_object(
		'at', now(),
		'instances', coalesce((select jsonb_agg(jsonb_build_object('instance', instance, 'program', program, 'host', host, 'pid', pid,
			'version', version, 'startedAt', started_at, 'silentSeconds', silent) || facts order by program, started_at) from instances), '[]'),
		'heads', coalesce((select jsonb_object_agg(name, seconds) from (
			select q ->> 'name' as name, max(extract(epoch from now() - (q ->> 'headAt')::timestamptz))::bigint as seconds
			from instances, jsonb_array_elements(facts -> 'queues') q
			where silent < 10 and (q ->> 'inHand')::bigint > 0 and q ->> 'headAt' is not null group by 1) h), '{}'),
		'pauses', coalesce((select jsonb_agg(jsonb_build_object('target', target, 'why', why, 'since', since, 'until', until,
			'seconds', extract(epoch from now() - since)::bigint) order by since) from operator_pauses where until is null or until > now()), '[]'),
		'outbox', jsonb_build_object('waiting', (select count(*) from waiting),
			'oldestSeconds', coalesce(extract(epoch from now() - (select at from first_waiting))::bigint, 0)),
		'deadLetters', jsonb_build_object('open', (select count(*) from (select 1 from dead_letters where state = 'open' limit 10000) d)),
		'mail', (select jsonb_build_object('waiting', count(*), 'overdue', count(*) filter (where next_attempt_at < now() - interval '5 minutes'),
				'oldestSeconds', coalesce(extract(epoch from now() - min(created_at))::bigint, 0))
			from (select next_attempt_at, created_at from mails where state in ('queued', 'sending') limit 10000) m),
		'inbound', (select jsonb_build_object('waiting', count(*), 'oldestSeconds', coalesce(extract(epoch from now() - min(accepted_at))::bigint, 0))
			from (select accepted_at from inbound_mails where outcome is null limit 10000) m),
		'files', (select jsonb_build_object('waiting', count(*), 'oldestSeconds', coalesce(extract(epoch from now() - min(created_at))::bigint, 0))
			from (select created_at from files where scan_state = 'pending' limit 10000) f),
		'webhooks', (select jsonb_build_object('waiting', count(*), 'oldestSeconds', coalesce(extract(epoch from now() - min(due_at))::bigint, 0))
			from (select due_at from webhook_deliveries where state = 'waiting' and due_at < now() limit 10000) w),
		'timers', jsonb_build_object('lateSeconds', greatest(0, coalesce((select extract(epoch from now() - min(t.due_at))::bigint
			from generate_series(0, 4) as r(rank) cross join lateral (
				select due_at from timers where timers.rank = r.rank order by due_at limit 1) t), 0))))
$$;

CREATE FUNCTION public.monitor_look_seldom() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select jsonb_build_object(
		'inbound', jsonb_build_object('difference', case when (l ->> 'agrees')::boolean then 0 else 1 end,
			'unapplied', (l ->> 'unapplied')::bigint, 'quarantined', (l ->> 'quarantined')::bigint),
		'database', jsonb_build_object('schema', schema_version(), 'partitionsAheadDays', partitions_end() - today(),
			'sizeBytes', pg_database_size(current_database())),
		'backup', jsonb_build_object('ageHours', coalesce((select floor(extract(epoch from now() - max(ended_at)) / 3600)::bigint from backups where outcome = 'done'), 0),
			'ageSeconds', (select extract(epoch from now() - max(ended_at))::bigint from backups where outcome = 'done'),
			'failedLast', (select outcome = 'failed' from backups where ended_at is not null order by started_at desc limit 1)),
		'statements', monitor_statements(),
		'mail', jsonb_build_object('failedToday', (select count(*) from mails where state = 'failed' and created_at > now() - interval '1 day'),
			'domains', coalesce((select jsonb_agg(to_jsonb(d) order by d.waiting desc, d.domain) from (
				select domain, count(*) as waiting, extract(epoch from now() - min(created_at))::bigint as "oldestSeconds",
					max(last_reply) as "lastReply"
				from mails where state in ('queued', 'sending') group by domain order by 2 desc limit 20) d), '[]'),
			'servers', coalesce((select jsonb_agg(jsonb_build_object('name', name, 'isUp', is_up, 'since', since, 'said', said) order by name)
				from dependencies), '[]')))
	from inbound_ledger() l
$$;

CREATE FUNCTION public.monitor_statements() RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$
declare
	found jsonb;
begin
	if to_regclass('pg_stat_statements') is null then
		return null;
	end if;
	execute $q$select jsonb_agg(jsonb_build_object('statement', left(regexp_replace(query, '\s+', ' ', 'g'), 300), 'calls', calls,
			'totalMs', round(total_exec_time), 'meanMs', round(mean_exec_time::numeric, 3)) order by total_exec_time desc)
		from (select query, sum(calls)::bigint as calls, sum(total_exec_time) as total_exec_time, sum(total_exec_time) / greatest(sum(calls), 1) as mean_exec_time
			from pg_stat_statements s where dbid = (select oid from pg_database where datname = current_database())
			group by query order by sum(total_exec_time) desc limit 20) s$q$ into found;
	return found;
exception
	when others then -- it is there, and not loaded, or not for us
		return null;
end $_$;

CREATE TABLE public.notifications (
    id uuid NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seq bigint NOT NULL,
    event_id uuid NOT NULL,
    event_type text NOT NULL,
    recipient_id uuid NOT NULL,
    channel text NOT NULL,
    topic text NOT NULL,
    template text NOT NULL,
    ticket_id uuid,
    state text NOT NULL,
    due_at timestamp with time zone,
    mail_id uuid,
    priority smallint DEFAULT 2 NOT NULL,
    language text NOT NULL,
    title text DEFAULT ''::text NOT NULL,
    body text DEFAULT ''::text NOT NULL,
    fields jsonb NOT NULL,
    why jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    read_at timestamp with time zone,
    deleted_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    told_at timestamp with time zone,
    pushed_at timestamp with time zone,
    CONSTRAINT notification_channel_is_known CHECK ((channel = ANY (ARRAY['email'::text, 'in_app'::text, 'push'::text, 'sms'::text]))),
    CONSTRAINT notification_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'told'::text, 'declined'::text, 'failed'::text]))),
    CONSTRAINT notification_waits_for_a_moment CHECK (((state = 'waiting'::text) = (due_at IS NOT NULL)))
);

CREATE FUNCTION public.notification_is_shown(n public.notifications, actor uuid, is_staff boolean) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select n.recipient_id = actor and n.channel = 'in_app' and n.state = 'told' and n.deleted_at is null
		and (is_staff or not coalesce((n.why ->> 'staff')::boolean, false))
$$;

CREATE FUNCTION public.notification_json(n public.notifications) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', n.id, 'type', n.topic, 'event', n.event_type,
		'status', case when n.read_at is null then 'unread' else 'read' end, 'isRead', n.read_at is not null, 'title', n.title,
		'message', n.body, 'details', (select s.data from notices s where n.topic = 'message' and s.id = (n.fields ->> 'noticeId')::uuid),
		'priority', case n.priority when 1 then 'high' when 3 then 'low' else 'normal' end, 'channel', n.channel,
		'ticketId', n.ticket_id, 'ticketNumber', (select t.number from tickets t where t.id = n.ticket_id), 'why', n.why - 'staff',
		'version', n.version, 'createdAt', n.created_at, 'readAt', n.read_at)
$$;

CREATE FUNCTION public.notification_list(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	page record;
	shown record;
	asker record;
	total bigint;
begin
	select * into asker from actor_of(actor);
	verdict := case when not asker.active then 'disabled' when access = 0 then 'forbidden' else 'ok' end;
	role := asker.role;
	select number, size, case when wanted ? 'cursor' then 0 else skipped end as skipped into page from page_wanted(wanted, 20);
	if verdict = 'ok' and page.skipped + page.size > 10000 then
		verdict := 'too_far';
	end if;
	if verdict <> 'ok' then
		return;
	end if;
	select coalesce(jsonb_agg(notification_json(r.row) order by (r.row).seq desc) filter (where r.n <= page.size), '[]') as list,
		count(*) > page.size as more, min((r.row).seq) filter (where r.n <= page.size) as last
	into shown
	from (select n as row, row_number() over (order by n.seq desc) as n
		from notification_page(wanted, asker.id, asker.is_staff, page.size + 1, page.skipped) n) r;
	select count(*) into total from notification_page(wanted - 'cursor', asker.id, asker.is_staff, 10001, 0);
	data := shown.list;
	pagination := page_json(page.number, page.size, least(total, 10000)) || jsonb_build_object('hasNext', shown.more,
		'totalIsExact', total <= 10000, 'unreadCount',
			(select count(*) from notification_page('{"unread": true}', asker.id, asker.is_staff, 10000, 0)),
		'nextCursor', case when shown.more then shown.last::text end);
end $$;

CREATE FUNCTION public.notification_page(wanted jsonb, actor uuid, is_staff boolean, most bigint, skipped bigint) RETURNS SETOF public.notifications
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query
	select n.* from notifications n
	where n.recipient_id = actor and n.channel = 'in_app' and n.state = 'told' and n.deleted_at is null
		and (is_staff or not coalesce((n.why ->> 'staff')::boolean, false))
		and (not wanted ? 'cursor' or n.seq < (wanted ->> 'cursor')::bigint)
		and (not wanted ? 'type' or n.topic = wanted ->> 'type')
		and (not wanted ? 'unread' or (n.read_at is null) = (wanted ->> 'unread')::boolean)
	order by n.seq desc
	limit most offset skipped;
end $$;

CREATE FUNCTION public.notification_topics() RETURNS TABLE(topic text, must boolean, email text, in_app text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	values ('ticket_created', true, 'on', 'on'), ('ticket_assigned', false, 'on', 'on'), ('ticket_updated', false, 'on', 'on'),
		('ticket_commented', false, 'on', 'on'), ('mentioned', false, 'on', 'on'), ('ticket_new', false, 'digest', 'on'),
		('sla', false, 'on', 'on'), ('reminder', false, 'on', 'on'), ('undelivered', false, 'on', 'on'),
		('file_infected', true, 'on', 'on'), ('message', false, 'on', 'on'), ('alert', false, 'on', 'on'), ('digest', false, 'on', 'on')
$$;

CREATE FUNCTION public.notifications_due(most integer) RETURNS integer
    LANGUAGE sql
    AS $$
	with ripe as materialized (
		select n.id from notifications n where n.state = 'waiting' and n.due_at <= now() order by n.due_at limit most
		for update skip locked
	), waiting as materialized (
		select n.*, n.why ->> 'decided' = 'digest' as is_digest, a.email, a.language as speaks, a.active and (a.role not in ('user', 'service')
				or not coalesce((n.why ->> 'staff')::boolean, false)) as may_know,
			coalesce(nullif(trim(a.first_name || ' ' || a.last_name), ''), split_part(a.email, '@', 1)) as name
		from ripe join notifications n using (id) join accounts a on a.id = n.recipient_id
	), gathered as (
		select recipient_id, is_digest, case when not is_digest then coalesce(ticket_id, id) end as subject,
			count(*) as n, (array_agg(id order by seq))[1] as mail_id, (array_agg(event_id order by seq))[1] as event_id,
			(array_agg(template order by seq))[1] as template, (array_agg(topic order by seq))[1] as topic,
			(array_agg(fields order by seq desc))[1] as fields, (array_agg(ticket_id order by seq))[1] as ticket_id,
			min(priority) as priority, min(speaks) as language, min(email) as email, min(name) as name,
			string_agg('- ' || title || case when body <> '' then E'\n  ' || replace(body, E'\n', E'\n  ') else '' end, E'\n' order by seq) as list,
			jsonb_agg(jsonb_build_object('title', title, 'body', body, 'ticketNumber', coalesce(fields ->> 'ticketNumber', ''),
				'at', created_at) order by seq) as items,
			coalesce(jsonb_agg(fields #> '{commentIds,0}' order by seq) filter (where fields ? 'commentIds'), '[]') as comments
		from waiting where may_know
		group by 1, 2, 3
	), mailed as (
		insert into mails (id, priority, template, language, recipient, recipient_id, ticket_id, event_id, topic, unsubscribe, fields, sender)
		select mail_id, case when is_digest then 3 else priority end,
			case when is_digest then 'digest' when n > 1 then 'burst' else template end, language, email, recipient_id,
			case when not is_digest then ticket_id end, event_id, case when is_digest then 'digest' else topic end,
			case when is_digest then 'digest' else topic end,
			case when n = 1 and not is_digest then fields else jsonb_build_object('userName', name, 'count', n::text, 'list', list,
				'items', items) || case when is_digest then '{}' else jsonb_build_object('ticketNumber', fields -> 'ticketNumber',
				'title', fields -> 'title', 'subjectTitle', fields -> 'subjectTitle', 'commentIds', comments) end end,
			case when is_digest then '' else ticket_mailbox(ticket_id) end
		from gathered
		on conflict do nothing
	), marked as (
		update notifications n set state = case when w.may_know then 'told' else 'declined' end, due_at = null,
			mail_id = g.mail_id, told_at = case when w.may_know then now() end,
			why = case when w.may_know then n.why else n.why || '{"decided": "no longer concerned"}' end,
			xid = pg_current_xact_id(), seq = default
		from waiting w left join gathered g on g.recipient_id = w.recipient_id and g.is_digest = w.is_digest
			and g.subject is not distinct from case when not w.is_digest then coalesce(w.ticket_id, w.id) end and w.may_know
		where n.id = w.id
		returning 1
	)
	select count(*)::integer from marked
$$;

CREATE FUNCTION public.number_candidates(said text) RETURNS text[]
    LANGUAGE sql STABLE
    AS $_$
	select case when upper(btrim(said)) ~ '^#?HD-\d{4}-\d{1,12}$' then array[format('HD-%s-%s', split_part(upper(btrim(said, '# ')), '-', 2),
			lpad(split_part(btrim(said), '-', 3), greatest(6, length(split_part(btrim(said), '-', 3))), '0'))]
		when btrim(said) ~ '^#?\d{1,9}$' then array(
			select format('HD-%s-%s', year, lpad(btrim(said, '# '), greatest(6, length(btrim(said, '# '))), '0'))
			from generate_series(2020, extract(year from now())::integer + 1) year) end
$_$;

CREATE FUNCTION public.operator_backup(actor uuid, told uuid, wanted uuid, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	insert into backups (id, folder, outcome, by_whom) values (wanted, '', 'wanted', actor) on conflict do nothing;
	if not found then
		return 'waits';
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('operator.backup_asked', told, actor, (select role from actor_of(actor)), request_id, traceparent,
		'accountId', null, jsonb_build_object('backupId', wanted), origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.operator_cache(actor uuid, told uuid, pattern text, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('cache.cleared', told, actor, (select role from actor_of(actor)), request_id, traceparent,
		'accountId', null, jsonb_build_object('pattern', pattern), origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.operator_log_level(actor uuid, told uuid, named text, wanted text, ends timestamp with time zone, known text[], request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	delete from operator_log_levels where program = any (known);
	if wanted is not null then
		insert into operator_log_levels (program, level, until, by_whom) select p, wanted, ends, actor from unnest(known) p;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('operator.log_level_set', told, actor, (select role from actor_of(actor)), request_id, traceparent,
		'accountId', null, jsonb_build_object('program', named, 'level', wanted, 'until', ends), origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.operator_may(actor uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
begin
	if actor is null then
		return session_user <> 'guichet_ingress';
	end if;
	select * into who from actor_of(actor);
	return who.id is not null and who.active and who.bits & 32 <> 0;
end $$;

CREATE FUNCTION public.operator_pause(actor uuid, told uuid, wanted text, reason text, ends timestamp with time zone, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	if reason is null then
		delete from operator_pauses where target = wanted;
		if not found then
			return 'missing';
		end if;
	else
		insert into operator_pauses (target, why, until, by_whom) values (wanted, reason, ends, actor)
		on conflict (target) do update set why = reason, until = ends, by_whom = actor, since = now();
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('operator.paused', told, actor, (select role from actor_of(actor)), request_id, traceparent,
		'accountId', null, jsonb_build_object('target', wanted, 'isPaused', reason is not null, 'why', reason, 'until', ends), origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.outbox_command(queue text, type text, command_id uuid, actor uuid, request_id text, traceparent text, origin text, fields jsonb) RETURNS TABLE(exchange text, routing_key text, command_type text, headers jsonb, body text)
    LANGUAGE sql STABLE
    AS $$
	select 'guichet.commands', queue, type,
		jsonb_strip_nulls(jsonb_build_object('message_id', command_id, 'correlation_id', request_id, 'traceparent', traceparent,
			'actor', actor, 'origin', nullif(origin, ''), 'accepted_at', (extract(epoch from now()) * 1000000)::bigint,
			'fp', encode(sha256(convert_to(type, 'UTF8') || '\x00'::bytea || convert_to(fields::text, 'UTF8')), 'hex'))),
		fields::text
$$;

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
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
declare
	named record;
	known bigint;
begin
	if current_user not in ('guichet_ticket', 'guichet_account', 'guichet_desk') then
		return null;
	end if;
	for named in
		select day, count(*) as pairs, array_agg(command) as commands, array_agg(actor) as actors
		from (
			select distinct command, actor, case when get_byte(uuid_send(command), 6) >> 4 = 7 then
				(to_timestamp(('x' || translate(left(command::text, 13), '-', ''))::bit(48)::bigint / 1000.0) at time zone 'utc')::date
				end as day
			from (
				select coalesce(headers ->> 'command_id', body::jsonb ->> 'commandId')::uuid as command,
					(headers ->> 'actor')::uuid as actor
				from written where exchange = 'guichet.events' and headers ->> 'actor' is not null
			) told
		) dated group by day
	loop
		-- A command that is named with two actors is found for one of them, once: so it is refused, too.
		if named.day is null then
			select count(*) into known from inbox_keyed k where k.command_id = any(named.commands)
				and k.actor_id = named.actors[array_position(named.commands, k.command_id)];
		else
			select count(*) into known from inbox i where i.day = named.day and i.command_id = any(named.commands)
				and i.actor_id = named.actors[array_position(named.commands, i.command_id)];
		end if;
		if known <> named.pairs then
			raise insufficient_privilege using message = 'an event in the name of somebody whose command it was not';
		end if;
	end loop;
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
	if day is null or day >= today - (case parent when 'log_lines' then 14 else 30 end) or (parent = 'outbox' and day >= outbox_untold(today) - 1) then
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
	from generate_series(today(), today() + 15, '1 day') as d(day), unnest(array['inbox', 'outbox', 'event_inbox', 'log_lines']) as parent
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
	foreach parent in array array['inbox', 'outbox', 'event_inbox', 'log_lines'] loop
		for day in select generate_series(today - case when parent in ('outbox', 'log_lines') then 1 else 30 end, today + 14, '1 day')::date loop
			if not partition_make(parent, day) then
				return false;
			end if;
		end loop;
	end loop;
	return true;
end $$;

CREATE FUNCTION public.people_figures() RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (
		with people as materialized (select role, active, department, created_at from accounts where deleted_at is null),
		figures as (
			select count(*) as n, count(*) filter (where active) as active,
				count(*) filter (where created_at > now() - interval '7 days') as week,
				count(*) filter (where created_at > now() - interval '30 days') as month
			from people
		)
		select jsonb_build_object('total_users', n, 'totalUsers', n, 'active_users', active, 'activeUsers', active,
			'new_users_7d', week, 'new_users_30d', month,
			'departments', (select coalesce(jsonb_object_agg(department, d.n), '{}') from (
				select department, count(*) as n from people where active and department <> '' group by department
				order by count(*) desc, department limit 100) d),
			'byRole', (select coalesce(jsonb_object_agg(role, r.n), '{}') from (select role, count(*) as n from people group by role) r))
		from figures);
end $$;

CREATE FUNCTION public.person_activities(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	asked jsonb := wanted - 'type' || jsonb_build_object('userId', actor)
		|| case when wanted ? 'type' then jsonb_build_object('action', replace(wanted ->> 'type', '.', '_')) else '{}' end;
	page record;
	shown record;
	total bigint;
begin
	select v.verdict, v.role into verdict, role from audit_verdict(actor, access, wanted) v;
	if verdict <> 'ok' then
		return;
	end if;
	select number, size, case when wanted ? 'cursor' then 0 else skipped end as skipped into page from page_wanted(wanted, 20);
	select coalesce(jsonb_agg(activity_json(r.row) order by (r.row).seq desc) filter (where r.n <= page.size), '[]') as list,
		count(*) > page.size as more, min((r.row).seq) filter (where r.n <= page.size) as last
	into shown
	from (select a as row, row_number() over (order by a.seq desc) as n
		from audit_rows(asked, page.size + 1, page.skipped) a) r;
	select count(*) into total from audit_rows(asked - 'cursor', 10001, 0);
	data := shown.list;
	pagination := page_json(page.number, page.size, least(total, 10000)) || jsonb_build_object('hasNext', shown.more,
		'totalIsExact', total <= 10000, 'nextCursor', case when shown.more then shown.last::text end);
end $$;

CREATE FUNCTION public.person_create(actor uuid, wanted jsonb, id uuid, hash text, told uuid, request_id text, traceparent text, origin text, OUT verdict text, OUT data text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
	person accounts;
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	insert into accounts (id, email, role, first_name, last_name, language, phone, department, job_title)
	values (person_create.id, lower(wanted ->> 'email'), coalesce(nullif(wanted ->> 'role', ''), 'user'), coalesce(wanted ->> 'firstName', ''),
		coalesce(wanted ->> 'lastName', ''), coalesce(nullif(wanted ->> 'language', ''), 'fr'), coalesce(wanted ->> 'phone', ''),
		coalesce(wanted ->> 'department', ''), coalesce(wanted ->> 'jobTitle', ''))
	on conflict (email) do nothing returning * into person;
	if person.id is null then
		verdict := 'taken';
		return;
	end if;
	if hash is not null then
		insert into credentials (account_id, password_hash) values (person.id, hash);
	else
		perform account_mail(id_beside(person.id, 1), person.id, 'account_invite', person.email, 1);
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event(case when hash is null then 'user.invited' else 'user.registered' end, told, actor, who.role, request_id,
		traceparent, 'accountId', person.id, jsonb_strip_nulls(jsonb_build_object('email', person.email, 'role', person.role,
			'language', case when hash is null then person.language end)), origin) e;
	data := person_sheet(person, true);
end $$;

CREATE FUNCTION public.person_csv(a public.accounts) RETURNS text
    LANGUAGE sql STABLE
    AS $$
	select concat_ws(',', a.id, csv_of(a.email), csv_of(a.first_name), csv_of(a.last_name), a.role,
		case when a.active then 'active' else 'inactive' end, csv_of(a.department), csv_of(a.job_title), csv_of(a.phone), a.language,
		to_json(a.created_at) #>> '{}', coalesce(to_json(a.last_login_at) #>> '{}', ''))
$$;

CREATE FUNCTION public.person_dashboard(a public.accounts, is_staff boolean, access integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return jsonb_build_object('profile', person_sheet(a, true),
		'tickets', (select coalesce(jsonb_agg(ticket_row_json(t, is_staff, access) order by t.created_at desc, t.id desc), '[]') from (
			select * from tickets where owner_id = a.id and deleted_at is null and merged_into is null
			order by created_at desc, id desc limit 5) t),
		'ticketCounts', (select coalesce(jsonb_object_agg(c.status, c.n), '{}') from (
			select status, sum(n) as n from ticket_counters where scope = 'owner' and scope_id = a.id group by status having sum(n) > 0) c),
		'unreadNotifications', (select count(*) from notification_page('{"unread": true}', a.id, is_staff, 10000, 0)),
		'notifications', (select coalesce(jsonb_agg(notification_json(n) order by n.seq desc), '[]')
			from notification_page('{"unread": true}', a.id, is_staff, 5, 0) n))
		|| case when is_staff then jsonb_build_object('assigned', (
			select coalesce(jsonb_agg(ticket_row_json(t, is_staff, access) order by t.created_at desc, t.id desc), '[]') from (
				select * from tickets where assignee_id = a.id and status not in ('resolved', 'closed') and deleted_at is null
					and merged_into is null
				order by created_at desc, id desc limit 5) t)) else '{}' end;
end $$;

CREATE FUNCTION public.person_erase(person uuid, after bigint, most bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	nobody text := person || '@deleted.invalid';
	erased bigint;
begin
	if not exists (select from accounts a where a.id = person and a.deleted_at is not null and a.first_name = '' and a.last_name = '') then
		return 0;
	end if;
	if after = 0 then
		perform account_claim_ends(person);
		delete from account_tokens t where t.account_id = person;
		delete from email_changes e where e.account_id = person;
		update api_tokens t set name = '' where t.account_id = person;
		delete from spent_tokens t using sessions s where s.id = t.session_id and s.account_id = person;
		update notifications n set title = '', body = '', fields = '{}', deleted_at = coalesce(n.deleted_at, now())
		where n.recipient_id = person;
		update notices n set headline = '', content = '', data = null where n.recipient_id = person;
		update mails m set recipient = nobody, fields = '{}', unsubscribe = null, last_reply = '' where m.recipient_id = person
			and m.state in ('sent', 'failed');
		update inbound_mails i set from_address = nobody, from_name = null where i.sender_id = person;
		update files f set deleted_at = now() where f.uploaded_by = person and f.purpose = 'avatar' and f.deleted_at is null;
		update file_access_logs l set ip_address = null, user_agent = null where l.user_id = person;
	end if;
	select e.erased into erased from audit_erase_slice(person, after, most::integer) e;
	return erased;
end $$;

CREATE FUNCTION public.person_export(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT slice text, OUT next text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	who record;
	shown record;
	asked tsquery := (words_asked(wanted ->> 'search')).words;
	csv boolean := wanted ->> 'format' is distinct from 'jsonl';
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	select string_agg(case when csv then person_csv(a) else person_json(a, true)::text end || E'\n', '' order by a.id) as list,
		count(*) as n, (array_agg(a.id order by a.id desc))[1] as last
	into shown
	from (
		select * from accounts p
		where p.deleted_at is null and (not wanted ? 'cursor' or p.id > (wanted ->> 'cursor')::uuid)
			and (asked is null or p.words @@ asked) and (not wanted ? 'role' or p.role = wanted ->> 'role')
			and (not wanted ? 'department' or lower(p.department) = lower(wanted ->> 'department'))
		order by p.id limit 1000) a;
	slice := case when csv and not wanted ? 'cursor'
		then E'id,email,firstName,lastName,role,status,department,jobTitle,phone,language,createdAt,lastLogin\n' else '' end
		|| coalesce(shown.list, '');
	next := case when shown.n = 1000 then shown.last::text end;
end $$;

CREATE FUNCTION public.person_import(actor uuid, lines jsonb, invite boolean, drawn uuid, request_id text, traceparent text, origin text, OUT verdict text, OUT made bigint, OUT changed bigint) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	who record;
	l record;
	person accounts;
	invited boolean;
	beside bigint := 1;
begin
	made := 0;
	changed := 0;
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	for l in select * from person_import_look(actor, lines) k where k.outcome in ('made', 'changed') order by k.place loop
		beside := beside + 3;
		if l.outcome = 'changed' then
			insert into outbox (exchange, routing_key, type, headers, body)
			select e.* from outbox_command('cmd.account', 'account.update', id_beside(drawn, beside), actor, request_id, traceparent, origin,
				jsonb_build_object('accountId', l.account_id) || (l.fields - 'status')) e
			where l.fields - 'status' <> '{}'
			union all
			select e.* from outbox_command('cmd.account', 'account.set_status', id_beside(drawn, beside + 1), actor, request_id,
				traceparent, origin, jsonb_build_object('accountId', l.account_id, 'status', l.fields ->> 'status')) e
			where l.fields ? 'status';
			changed := changed + 1;
			continue;
		end if;
		insert into accounts (id, email, role, first_name, last_name, language, phone, department, job_title, active)
		values (id_beside(drawn, beside), l.email, coalesce(l.fields ->> 'role', 'user'), coalesce(l.fields ->> 'firstName', ''),
			coalesce(l.fields ->> 'lastName', ''), coalesce(l.fields ->> 'language', 'fr'), coalesce(l.fields ->> 'phone', ''),
			coalesce(l.fields ->> 'department', ''), coalesce(l.fields ->> 'jobTitle', ''),
			l.fields ->> 'status' is distinct from 'inactive')
		on conflict (email) do nothing returning * into person;
		continue when person.id is null;
		invited := invite and person.active;
		if invited then
			perform account_mail(id_beside(drawn, beside + 1), person.id, 'account_invite', person.email, 1);
		end if;
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event(case when invited then 'user.invited' else 'user.registered' end, id_beside(drawn, beside + 2), actor,
			who.role, request_id, traceparent, 'accountId', person.id, jsonb_strip_nulls(jsonb_build_object('email', person.email,
				'role', person.role, 'language', case when invited then person.language end)), origin) e;
		made := made + 1;
	end loop;
end $$;

CREATE FUNCTION public.person_import_gone(actor uuid, addresses jsonb, most bigint) RETURNS TABLE(id uuid, email text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select a.id, a.email from accounts a
	where a.active and a.deleted_at is null and a.role not in ('admin', 'service') and a.id <> actor
		and not (a.first_name = 'Unknown' and a.last_name = 'sender' and a.email like 'unknown.sender.%')
		and exists (select from actor_of(actor) w where w.active and w.bits & 32 <> 0)
		and a.email not in (select jsonb_array_elements_text(addresses))
	order by a.email limit most
$$;

CREATE FUNCTION public.person_import_look(actor uuid, lines jsonb) RETURNS TABLE(place bigint, line integer, email text, account_id uuid, outcome text, fields jsonb, problems jsonb)
    LANGUAGE sql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
	select l.n, (l.j ->> 'line')::integer, lower(l.j ->> 'email'), a.id,
		case when w.problems <> '[]' then 'wrong' when a.id is null then 'made' when c.fields = '{}' then 'unchanged' else 'changed' end,
		c.fields, w.problems
	from jsonb_array_elements(lines) with ordinality as l(j, n)
	left join accounts a on a.email = lower(l.j ->> 'email')
	cross join lateral (
		select coalesce(jsonb_object_agg(m.key, m.value), '{}') as fields
		from jsonb_each_text(coalesce(l.j -> 'fields', '{}') || case when l.j ? 'status' then jsonb_build_object('status', l.j -> 'status')
			else '{}' end) m
		where a.id is null or coalesce(m.value, '') is distinct from case m.key when 'firstName' then a.first_name
			when 'lastName' then a.last_name when 'phone' then a.phone when 'department' then a.department
			when 'jobTitle' then a.job_title when 'language' then a.language when 'role' then a.role
			when 'status' then case when a.active then 'active' else 'inactive' end end) c
	cross join lateral (
		select coalesce(l.j -> 'problems', '[]')
			|| case when a.id = actor and c.fields ? 'role' then '[{"column": "role", "detail": "nobody changes their own role"}]' else '[]' end::jsonb
			|| case when a.id = actor and c.fields ? 'status' then '[{"column": "status", "detail": "nobody changes their own status"}]'
				else '[]' end::jsonb
			|| case when c.fields ->> 'role' = 'service' or (a.role = 'service' and c.fields <> '{}') then '[{"column": "role", "detail": "a person is no service, and a service no person"}]'
				else '[]' end::jsonb as problems) w
	order by l.n
$$;

CREATE FUNCTION public.person_import_plan(actor uuid, lines jsonb, OUT verdict text, OUT data text, OUT made bigint, OUT changed bigint, OUT unchanged bigint, OUT wrong bigint) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	select case when w.active and w.bits & 32 <> 0 then 'ok' else 'forbidden' end into verdict from actor_of(actor) w;
	verdict := coalesce(verdict, 'forbidden');
	if verdict <> 'ok' then
		return;
	end if;
	select coalesce(string_agg(jsonb_build_object('line', l.line, 'email', l.email, 'outcome', l.outcome,
			'changes', case when l.outcome in ('made', 'changed') then l.fields else '{}' end, 'problems', l.problems)::text, ','
			order by l.place), ''),
		count(*) filter (where l.outcome = 'made'), count(*) filter (where l.outcome = 'changed'),
		count(*) filter (where l.outcome = 'unchanged'), count(*) filter (where l.outcome = 'wrong')
	into data, made, changed, unchanged, wrong
	from person_import_look(actor, lines) l;
end $$;

CREATE FUNCTION public.person_json(a public.accounts, sees_all boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', a.id, 'userId', a.id, 'firstName', a.first_name, 'lastName', a.last_name, 'role', a.role)
		|| case when sees_all then jsonb_build_object('email', a.email, 'department', nullif(a.department, ''),
			'jobTitle', nullif(a.job_title, ''), 'language', a.language, 'isActive', a.active, 'createdAt', a.created_at,
			'lastLogin', a.last_login_at) else '{}' end
$$;

CREATE FUNCTION public.person_leaving(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT role text, OUT data text, OUT pagination text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	who record;
	page record;
	person accounts;
	next_one accounts;
	total bigint;
begin
	select * into who from actor_of(actor);
	select * into page from page_wanted(wanted, 20);
	select * into person from accounts a where a.id = (wanted ->> 'accountId')::uuid and a.deleted_at is null;
	select * into next_one from accounts a where a.id = (wanted ->> 'handOverTo')::uuid and a.active and a.role not in ('user', 'service')
		and a.id <> person.id;
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when person.id is null then 'missing' when page.number * page.size > 100000 then 'too_far'
		when wanted ? 'handOverTo' and next_one.id is null then 'wrong:handOverTo' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	with open as (
		select t.* from tickets t where t.assignee_id = person.id and t.status <> 'closed' and t.deleted_at is null
			and t.merged_into is null
	), shown as (
		select * from open order by id limit page.size offset page.skipped
	)
	select jsonb_build_object('tickets', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'number', s.number, 'title', s.title,
			'status', s.status, 'priority', s.priority) order by s.id), '[]') from shown s),
		'handOverTo', case when next_one.id is not null then jsonb_build_object('id', next_one.id, 'firstName', next_one.first_name,
			'lastName', next_one.last_name) end,
		'lastAdministrator', person.role = 'admin' and person.active and not exists (select from accounts a where a.role = 'admin'
			and a.active and a.deleted_at is null and a.id <> person.id)),
		(select count(*) from open)
	into data, total;
	pagination := page_json(page.number, page.size, total);
end $$;

CREATE FUNCTION public.person_registered(wanted jsonb, id uuid, told uuid, request_id text, traceparent text, origin text, OUT verdict text, OUT data text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	wanted_id uuid := coalesce((wanted ->> 'userId')::uuid, id);
	person accounts;
begin
	insert into accounts (id, email, first_name, last_name, language)
	values (wanted_id, lower(wanted ->> 'email'), coalesce(wanted ->> 'firstName', ''), coalesce(wanted ->> 'lastName', ''),
		coalesce(nullif(wanted ->> 'language', ''), 'fr'))
	on conflict do nothing returning * into person;
	if person.id is null then
		select * into person from accounts a where a.email = lower(wanted ->> 'email')
			and (wanted ->> 'userId' is null or a.id = wanted_id);
		verdict := case when person.id is null then 'taken' else 'known' end;
	else
		verdict := 'made';
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('user.registered', told, null, null, request_id, traceparent, 'accountId', person.id,
			jsonb_build_object('email', person.email, 'role', person.role), origin) e;
	end if;
	data := case when person.id is not null then person_sheet(person, true) end;
end $$;

CREATE FUNCTION public.person_sheet(a public.accounts, sees_all boolean) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select person_json(a, sees_all) || jsonb_build_object('avatarUrl', avatar_url(a.id))
		|| case when sees_all then jsonb_build_object('phone', nullif(a.phone, ''), 'bio', nullif(a.bio, ''),
			'status', case when a.active then 'active' else 'inactive' end, 'version', a.version, 'updatedAt', a.updated_at,
			'preferences', jsonb_build_object('language', a.language, 'timezone', a.timezone, 'theme', a.theme)) else '{}' end
$$;

CREATE FUNCTION public.person_takeaway(actor uuid, access integer, wanted jsonb, OUT verdict text, OUT slice text, OUT next text) RETURNS record
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
declare
	most constant integer := 200;
	parts constant text[] := '{profile,session,ticket,comment,notification,mail,file,activity}';
	part text := coalesce(split_part(wanted ->> 'cursor', ':', 1), 'profile');
	at text := nullif(split_part(wanted ->> 'cursor', ':', 2), '');
	after_id uuid;
	after_seq bigint := 0;
	who record;
	person accounts;
	shown record;
begin
	select * into who from actor_of(actor);
	select * into person from accounts a where a.id = (wanted ->> 'accountId')::uuid and a.deleted_at is null;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when who.bits & 32 = 0 and person.id is distinct from actor then 'forbidden' when person.id is null then 'missing' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if part in ('notification', 'activity') then
		after_seq := coalesce(at::bigint, 0);
	else
		after_id := coalesce(at::uuid, '00000000-0000-0000-0000-000000000000');
	end if;
	with found(place, seq, data) as (
		select person.id::text, 0::bigint, person_sheet(person, true) || jsonb_build_object('preferences', preferences_json(person))
		where part = 'profile'
		union all
		(select s.id::text, row_number() over (order by s.id), jsonb_build_object('id', s.id, 'createdAt', s.created_at, 'usedAt', s.used_at,
			'expiresAt', s.expires_at, 'endedAt', s.revoked_at, 'method', s.method, 'origin', nullif(s.origin, ''))
		from sessions s where part = 'session' and s.account_id = person.id and s.id > after_id order by s.id limit most)
		union all
		(select t.id::text, row_number() over (order by t.id), jsonb_build_object('id', t.id, 'number', t.number, 'title', t.title,
			'description', t.description, 'status', t.status, 'priority', t.priority, 'category', t.category, 'resolution', t.resolution,
			'createdAt', t.created_at, 'resolvedAt', t.resolved_at, 'closedAt', t.closed_at)
		from tickets t where part = 'ticket' and t.owner_id = person.id and t.deleted_at is null and t.id > after_id order by t.id limit most)
		union all
		(select c.id::text, row_number() over (order by c.id), jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'content', c.content,
			'isInternal', c.is_internal, 'createdAt', c.created_at, 'editedAt', c.edited_at)
		from ticket_comments c where part = 'comment' and c.author_id = person.id and c.id > after_id order by c.id limit most)
		union all
		(select n.seq::text, n.seq, jsonb_build_object('id', n.id, 'type', n.event_type, 'topic', n.topic, 'title', n.title, 'body', n.body,
			'ticketId', n.ticket_id, 'createdAt', n.created_at, 'readAt', n.read_at)
		from notifications n where part = 'notification' and n.recipient_id = person.id and n.channel = 'in_app' and n.state = 'told'
			and n.deleted_at is null and n.seq > after_seq order by n.seq limit most)
		union all
		(select m.id::text, row_number() over (order by m.id), jsonb_build_object('id', m.id, 'recipient', m.recipient, 'template', m.template,
			'language', m.language, 'state', m.state, 'ticketId', m.ticket_id, 'createdAt', m.created_at, 'sentAt', m.sent_at)
		from mails m where part = 'mail' and m.recipient_id = person.id and m.id > after_id order by m.id limit most)
		union all
		(select f.id::text, row_number() over (order by f.id), jsonb_build_object('id', f.id, 'name', f.name, 'size', f.size,
			'mimeType', f.mime_type, 'sha256', encode(f.sha256, 'hex'), 'purpose', f.purpose, 'ticketId', f.ticket_id,
			'createdAt', f.created_at, 'url', '/api/v1/files/' || f.id)
		from files f where part = 'file' and f.uploaded_by = person.id and f.deleted_at is null and f.id > after_id order by f.id limit most)
		union all
		(select a.seq::text, a.seq, case when a.actor_id = person.id then activity_json(a)
			else activity_json(a) - 'ipAddress' - 'userAgent' end
		from audit_log a where part = 'activity' and a.seq in (
			(select l.seq from audit_log l where l.actor_id = person.id and l.seq > after_seq order by l.seq limit most)
			union
			(select l.seq from audit_log l where l.resource_id = person.id and l.seq > after_seq order by l.seq limit most))
		order by a.seq limit most)
	)
	select coalesce(string_agg(jsonb_build_object('kind', part, 'data', f.data)::text || E'\n', '' order by f.seq), '') as list,
		count(*) as n, (array_agg(f.place order by f.seq desc))[1] as last
	into shown from found f;
	slice := shown.list;
	next := case when shown.n = most and part <> 'profile' then part || ':' || shown.last
		else parts[array_position(parts, part) + 1] || ':' end;
end $$;

CREATE FUNCTION public.person_trail(person uuid, after bigint, most bigint) RETURNS TABLE(n bigint, last bigint)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	select count(*), max(seq) from (
		select a.seq from audit_log a where (a.actor_id = person or a.resource_id = person) and a.seq > after and a.payload is not null
		order by a.seq limit most) slice
$$;

CREATE FUNCTION public.policies_json() RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
begin
	return (select coalesce(jsonb_agg(policy_json(v, place::integer, p.created_at) order by place), '[]')
		from (select *, row_number() over (order by position, id) as place from sla_policies where deleted_at is null) p
			join sla_policy_versions v on v.policy_id = p.id and v.version = p.version);
end $$;

CREATE TABLE public.sla_policy_versions (
    policy_id uuid NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    calendar_id uuid,
    body jsonb NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by uuid
);

CREATE FUNCTION public.policy_json(was public.sla_policy_versions, place integer, created_at timestamp with time zone) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select jsonb_build_object('id', was.policy_id, 'name', was.name, 'position', place,
		'isDefault', was.policy_id = '00000000-0000-8000-8000-000000000001', 'calendarId', was.calendar_id,
		'version', was.version, 'createdAt', created_at, 'updatedAt', was.changed_at) || was.body
$$;

CREATE FUNCTION public.preferences_json(a public.accounts) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('language', a.language, 'timezone', a.timezone, 'theme', a.theme,
		'notifications', (select jsonb_object_agg(t.topic, jsonb_build_object('email', t.email, 'in_app', t.in_app, 'push', t.in_app,
				'sms', 'off') || case when t.must then '{}' else coalesce(a.notifications -> 'notifications' -> t.topic, '{}') end)
			from notification_topics() t),
		'mandatory', (select jsonb_agg(t.topic order by t.topic) from notification_topics() t where t.must),
		'quietHours', case when a.notifications ? 'quietHours' then '{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]}'
			|| (a.notifications -> 'quietHours') end,
		'digest', '{"every": "hourly", "at": "08:00"}' || coalesce(a.notifications -> 'digest', '{}'),
		'version', a.version)
$$;

CREATE FUNCTION public.rank_of_priority(priority text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select array_position('{low,medium,high,urgent}'::text[], priority) $$;

CREATE FUNCTION public.rank_of_status(status text) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select array_position('{open,in_progress,waiting_user,resolved,closed}'::text[], status)
$$;

CREATE FUNCTION public.recovery_codes_keep(account uuid, hashes jsonb) RETURNS void
    LANGUAGE sql
    AS $$
	delete from recovery_codes where account_id = account;
	insert into recovery_codes (account_id, hash) select account, decode(h, 'hex') from jsonb_array_elements_text(hashes) h;
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

CREATE TABLE public.schedules (
    id uuid NOT NULL,
    name text NOT NULL,
    owner_id uuid NOT NULL,
    rule text NOT NULL,
    timezone text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    active boolean DEFAULT true NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    priority text DEFAULT 'medium'::text NOT NULL,
    category text,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT schedule_name_is_given CHECK ((name <> ''::text)),
    CONSTRAINT schedule_priority_is_known CHECK ((priority = ANY (ARRAY['low'::text, 'medium'::text, 'high'::text, 'urgent'::text])))
);

CREATE FUNCTION public.schedule_json(s public.schedules, next_at timestamp with time zone) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select jsonb_build_object('id', s.id, 'name', s.name, 'ownerId', s.owner_id, 'rule', s.rule, 'timezone', s.timezone,
		'startsAt', s.starts_at, 'nextAt', next_at, 'active', s.active, 'title', s.title, 'description', s.description,
		'priority', s.priority, 'category', nullif(s.category, ''), 'version', s.version, 'createdAt', s.created_at,
		'updatedAt', s.updated_at)
$$;

CREATE FUNCTION public.schema_json() RETURNS jsonb
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
	with parts as materialized (
		select coalesce(h.inhparent, c.oid) as oid, sum(pg_table_size(c.oid)) as bytes, sum(pg_indexes_size(c.oid)) as index_bytes,
			sum(greatest(c.reltuples, 0))::bigint as n, count(*) filter (where h.inhparent is not null) as partitions
		from pg_class c left join pg_inherits h on h.inhrelid = c.oid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
		group by 1
	), tables as (
		select jsonb_build_object('name', c.relname, 'rows', p.n, 'bytes', p.bytes, 'indexBytes', p.index_bytes, 'partitions', p.partitions,
			'columns', (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
					'isNullable', not a.attnotnull) order by a.attnum)
				from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
			'indexes', (select coalesce(jsonb_agg(jsonb_build_object('name', x.relname, 'definition', pg_get_indexdef(x.oid), 'isUnique', i.indisunique,
					'bytes', case when x.relkind = 'i' then pg_relation_size(x.oid) end) order by x.relname), '[]')
				from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid)) as shown, c.relname
		from parts p join pg_class c on c.oid = p.oid
	)
	select jsonb_build_object('store', 'postgresql', 'serverVersion', current_setting('server_version'), 'database', current_database(),
		'bytes', pg_database_size(current_database()), 'schemaVersion', schema_version(),
		'tables', (select jsonb_agg(t.shown order by t.relname) from tables t))
$$;

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

CREATE FUNCTION public.service_make(actor uuid, account uuid, service_name text, event_id uuid, request_id text, traceparent text, origin text, OUT verdict text, OUT shown text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	made accounts;
begin
	verdict := case when operator_may(actor) then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	insert into accounts (id, email, first_name, last_name, role) values (account, 'service-' || account || '@service.invalid', service_name,
		'', 'service');
	update accounts a set email_unproven = true where a.id = account returning * into made; -- so that nothing is mailed to it
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.service_created', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', account, jsonb_build_object('name', service_name), origin) e;
	shown := account_json(made)::text;
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
		update sessions s set refresh_hash = new_hash, used_at = now(),
			expires_at = least(now() + make_interval(secs => ttl_s), coalesce(s.ends_at, 'infinity')) where s.id = session.id;
	end if;
end $$;

CREATE FUNCTION public.shown_version(t public.tickets, is_staff boolean) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select case when is_staff then t.version else t.public_version end $$;

CREATE FUNCTION public.sign_in_counts(account uuid, address text, credential text, rehash text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if exists (select from sign_in_failures f where f.email = address and f.locked_until > now()) then
		return false;
	end if;
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return false;
	end if;
	update credentials c set password_hash = rehash where c.account_id = account and rehash is not null;
	return true;
end $$;

CREATE FUNCTION public.sign_in_failed(address text, most integer, event_id uuid, mail_id uuid, mails_most integer, request_id text, traceparent text, origin text, OUT locked_s bigint) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	so_far integer;
	owner uuid;
begin
	locked_s := 0;
	insert into sign_in_failures as f (email) values (address)
	on conflict (email) do update set failed_at = now(), locked_until = null,
		failures = case when f.failed_at < now() - interval '1 day' then 1 else f.failures + 1 end
	where f.locked_until is null or f.locked_until <= now()
	returning failures into so_far;
	if not found or most <= 0 or so_far % most <> 0 then
		return;
	end if;
	locked_s := 60 * (array[1, 5, 15, 60])[least(so_far / most, 4)];
	update sign_in_failures f set locked_until = now() + make_interval(secs => locked_s) where f.email = address;
	select a.id into owner from accounts a where a.email = address;
	if not found then
		return;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.locked', event_id, null::uuid, null, request_id, traceparent, 'accountId', owner,
		jsonb_build_object('failures', so_far, 'lockedSeconds', locked_s), origin) e;
	if so_far = most then
		perform account_mail(mail_id, owner, 'account_locked', address, mails_most);
	end if;
end $$;

CREATE FUNCTION public.sign_in_opens(account uuid, token_epoch integer, credential text, rehash text, step bigint, recovery bytea, OUT verdict text, OUT role text, OUT factor text) RETURNS record
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	owner accounts;
begin
	select * into owner from accounts a where a.id = account and a.active and a.epoch = token_epoch for no key update;
	role := owner.role;
	verdict := 'gone';
	if owner.id is null or owner.role = 'service' then
		return;
	end if;
	if factor_is_on(account) then
		if recovery is null then
			verdict := 'half';
			return;
		end if;
		if exists (select from sign_in_failures f where f.email = owner.email and f.locked_until > now()) then
			return;
		end if;
		factor := factor_spend(account, step, recovery);
		if factor is null then
			verdict := 'code';
			return;
		end if;
	end if;
	if credential is not null and not sign_in_counts(account, owner.email, credential, rehash) then
		return;
	end if;
	delete from sign_in_failures f where f.email = owner.email;
	update accounts a set last_login_at = now() where a.id = account;
	verdict := 'ok';
end $$;

CREATE FUNCTION public.sla_explained(t public.tickets) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
declare
	clocks jsonb := t.clocks;
	name text;
	clock jsonb;
	word text; -- of the target, as ticket_spans has it
	past jsonb;
	worked numeric;
	used numeric;
	rest numeric;
	since numeric;
	due numeric;
	open_us numeric;
	goes_on jsonb;
	shown jsonb := '{}';
begin
	foreach name in array array['firstResponse', 'nextResponse', 'resolution'] loop
		clock := clocks -> name;
		continue when clock is null;
		word := lower(regexp_replace(name, '([A-Z])', '_\1'));
		select coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'why', s.why, 'from', s.from_at, 'to', s.to_at,
				'workedSeconds', round(s.worked_us / 1000000.0), 'closedSeconds', case s.kind when 'worked'
					then round(extract(epoch from s.to_at - s.from_at) - s.worked_us / 1000000.0) else 0 end,
				'policyVersion', s.policy_version, 'calendarVersion', nullif(s.calendar_version, 0)) order by s.from_at, s.id), '[]'),
			coalesce(sum(s.worked_us), 0)
		into past, worked
		from ticket_spans s
		where s.ticket_id = t.id and s.target = word
			and extract(epoch from s.from_at) * 1000000 >= (clock ->> 'begun')::numeric;
		used := coalesce((clock ->> 'used')::numeric, 0);
		rest := greatest((clock ->> 'budget')::numeric - used, 0);
		since := clock ->> 'since';
		due := clock ->> 'due';
		open_us := null;
		goes_on := '[]';
		if since is not null and due is not null then
			select case when clocks ? 'hours' then (
					select sum(greatest(least((h ->> 1)::numeric * 1000000, due) - greatest((h ->> 0)::numeric * 1000000, since), 0))
					from jsonb_array_elements(clocks -> 'hours') h
					having max((h ->> 1)::numeric) * 1000000 >= due)
				else due - since end into open_us;
			goes_on := jsonb_build_array(jsonb_build_object('kind', 'running', 'why', t.status, 'from', to_timestamp(since / 1000000),
				'to', to_timestamp(due / 1000000), 'workedSeconds', round(rest / 1000000), 'closedSeconds', round((due - since - rest) / 1000000),
				'policyVersion', t.policy_version, 'calendarVersion', (clocks ->> 'calendarVersion')::integer));
		elsif clock ? 'stopped' and not clock ? 'met' then
			goes_on := jsonb_build_array(jsonb_build_object('kind', 'paused', 'why', clock ->> 'stoppedBy',
				'from', to_timestamp((clock ->> 'stopped')::numeric / 1000000), 'to', null, 'workedSeconds', 0, 'closedSeconds', 0,
				'policyVersion', t.policy_version, 'calendarVersion', (clocks ->> 'calendarVersion')::integer));
		end if;
		shown := shown || jsonb_build_object(name, jsonb_build_object('state', clock ->> 'state',
			'dueAt', to_timestamp(due / 1000000), 'metAt', to_timestamp((clock ->> 'met')::numeric / 1000000),
			'budgetSeconds', round((clock ->> 'budget')::numeric / 1000000), 'usedSeconds', round(used / 1000000),
			'broughtSeconds', round(coalesce((clock ->> 'brought')::numeric, 0) / 1000000),
			'remainingSeconds', sla_left(clocks, clock), 'intervals', past || goes_on,
			'isConsistent', worked + coalesce((clock ->> 'brought')::numeric, 0) = used and coalesce(open_us = rest, true)));
	end loop;
	return jsonb_build_object('ticketId', t.id, 'number', t.number, 'state', t.sla_state,
		'policy', (select jsonb_build_object('id', p.policy_id, 'name', p.name, 'version', p.version)
			from sla_policy_versions p where p.policy_id = t.policy_id and p.version = t.policy_version),
		'calendar', (select jsonb_build_object('id', c.calendar_id, 'name', c.name, 'version', c.version)
			from calendar_versions c where c.calendar_id = (clocks ->> 'calendarId')::uuid and c.version = (clocks ->> 'calendarVersion')::integer),
		'targets', shown);
end $$;

CREATE FUNCTION public.sla_json(t public.tickets, in_full boolean) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
declare
	clocks jsonb := t.clocks;
	shown jsonb := jsonb_build_object('state', t.sla_state, 'dueAt', t.sla_due_at, 'responseDue', t.response_due_at,
		'remainingSeconds', sla_left(clocks, clocks -> 'resolution'));
	targets jsonb;
begin
	if not in_full then
		return shown;
	end if;
	select jsonb_object_agg(name, jsonb_build_object('state', clock ->> 'state',
		'dueAt', date_trunc('milliseconds', to_timestamp((clock ->> 'due')::numeric / 1000000)),
		'metAt', date_trunc('milliseconds', to_timestamp((clock ->> 'met')::numeric / 1000000)), 'remainingSeconds', sla_left(clocks, clock)))
	into targets
	from unnest(array['firstResponse', 'nextResponse', 'resolution']) name, lateral (select clocks -> name) c(clock)
	where clock is not null;
	return shown || jsonb_build_object('nextResponseDue', t.next_response_due_at, 'resolutionDue', t.due_at,
		'firstResponseAt', t.first_response_at, 'timeRemainingMs', case when t.due_at is not null and t.status not in ('resolved', 'closed')
			then greatest(floor(extract(epoch from t.due_at - now()) * 1000), 0) end, 'targets', coalesce(targets, '{}'));
end $$;

CREATE FUNCTION public.sla_left(clocks jsonb, clock jsonb) RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
declare
	since numeric := (clock ->> 'since')::numeric / 1000000;
	at numeric := extract(epoch from now());
	left_over numeric := ((clock ->> 'budget')::numeric - coalesce((clock ->> 'used')::numeric, 0)) / 1000000;
begin
	if clock is null or clock ? 'met' then
		return null;
	end if;
	if since is not null and clocks ? 'hours' then
		left_over := left_over - (select coalesce(sum(greatest(least((h ->> 1)::numeric, at) - greatest((h ->> 0)::numeric, since), 0)), 0)
			from jsonb_array_elements(clocks -> 'hours') h);
	elsif since is not null then
		left_over := left_over - greatest(at - since, 0);
	end if;
	return greatest(floor(left_over), 0);
end $$;

CREATE FUNCTION public.slow_json() RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	with r as (
		select e ->> 'route' as route, e ->> 'method' as method, sum((e ->> 'calls')::bigint) as calls, sum((e ->> 'totalMs')::bigint) as total
		from program_instances, jsonb_array_elements(facts -> 'requests' -> 'routes') e
		group by 1, 2 order by 4 desc limit 20
	)
	select jsonb_build_object(
		'routes', coalesce((select jsonb_agg(jsonb_build_object('route', route, 'method', method, 'calls', calls, 'totalMs', total,
			'meanMs', round(total::numeric / calls, 3)) order by total desc) from r), '[]'),
		'statements', (select snapshot -> 'statements' from monitor_state))
$$;

CREATE FUNCTION public.sort_last(sort text) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when sort like '-%' then timestamptz '1970-01-01T00:00:00Z' else timestamptz '9999-12-31T00:00:00Z' end
$$;

CREATE FUNCTION public.stream_begin(actor uuid, access integer, after text, OUT verdict text, OUT everything boolean, OUT place text, OUT at_end text) RETURNS record
    LANGUAGE plpgsql STABLE
    SET "TimeZone" TO 'UTC'
    AS $$
declare
	who record;
	wanted record;
begin
	select * into who from actor_of(actor);
	everything := coalesce(who.bits & 32 <> 0, false);
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	select * into wanted from feed_place(after);
	if wanted.is_expired then
		verdict := 'expired';
	end if;
	place := to_char(wanted.day, 'YYYYMMDD') || '_' || wanted.xid || '_' || wanted.id;
	at_end := to_char(current_date, 'YYYYMMDD') || '_' || pg_snapshot_xmin(pg_current_snapshot()) || '_0';
end $$;

CREATE FUNCTION public.subscription_json(one jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select jsonb_build_object('id', one -> 'id', 'category', one -> 'category', 'priority', one -> 'priority', 'tag', one -> 'tag')
$$;

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

	delete from log_lines_default where (day, seq) in (select day, seq from log_lines_default where day < today - 14 limit most);
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

	-- A day without another failure, and it begins anew.
	delete from sign_in_failures where email in (
		select email from sign_in_failures where failed_at < now() - interval '1 day' order by failed_at limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from account_tokens where hash in (select hash from account_tokens where expires_at < month order by expires_at limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from api_tokens where id in (select id from api_tokens where least(expires_at, revoked_at) < month limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from spent_tokens where refresh_hash in (
		select refresh_hash from spent_tokens where spent_at < today - 366 limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from dead_letters where id in (
		select id from dead_letters where state <> 'open' and died_at < quarter
			and coalesce(discarded_at, replayed_at) < quarter limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	-- Their ids begin with the time (UUIDv7).
	delete from mails where id in (
		select id from mails
		where id < (lpad(to_hex((extract(epoch from quarter) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
			and state in ('sent', 'failed') and created_at < quarter
		order by id limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	-- A digest or the end of quiet hours is never that far away.
	delete from notifications where id in (
		select id from notifications where created_at < quarter and state <> 'waiting' order by created_at limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from notices where id in (select id from notices where created_at < quarter order by created_at limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from webhook_deliveries where id in (
		select id from webhook_deliveries where created_at < month and state in ('delivered', 'failed') order by created_at limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from push_deliveries where id in (
		select id from push_deliveries where created_at < month order by created_at limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from file_access_logs where id in (
		select id from file_access_logs where created_at < today - 366 order by created_at limit most);
	get diagnostics gone = row_count;
	total := total + gone;

	delete from file_link_uses where link_hash in (select link_hash from file_link_uses where expires_at < today limit most);
	get diagnostics gone = row_count;
	return total + gone;
end $$;

CREATE FUNCTION public.tags_are_open(is_staff boolean, access integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ select is_staff or access & 128 <> 0 $$;

CREATE FUNCTION public.telling_json(notification uuid) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', n.id, 'event', n.event_type, 'eventId', n.event_id, 'type', n.topic, 'channel', n.channel,
		'recipientId', n.recipient_id, 'recipientName', coalesce(nullif(trim(a.first_name || ' ' || a.last_name), ''),
			split_part(a.email, '@', 1)), 'state', n.state, 'why', n.why - 'staff', 'dueAt', n.due_at, 'toldAt', n.told_at,
		'readAt', n.read_at, 'mail', (select m.state from mails m where m.id = n.mail_id), 'createdAt', n.created_at)
	from notifications n join accounts a on a.id = n.recipient_id
	where n.id = notification
$$;

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

CREATE FUNCTION public.ticket_files_seen(t public.tickets, is_staff boolean) RETURNS SETOF public.files
    LANGUAGE plpgsql STABLE ROWS 5
    AS $$
begin
	if t.merged_count = 0 and t.merged_at is null then
		return query select f.* from files f left join ticket_comments c on c.id = f.comment_id
		where f.ticket_id = t.id and f.deleted_at is null and f.scan_state <> 'infected' and f.place <> 'gone'
			and (is_staff or c.is_internal is not true);
		return;
	end if;
	return query
	with seen as (
		select f.id from ticket_family(t.id, is_staff) member(id) join files f on f.ticket_id = member.id
			left join ticket_comments c on c.id = f.comment_id
		where is_staff or c.is_internal is not true
		union
		select f.id from ticket_said(t, is_staff) s join files f on f.comment_id = (s.comment).id
	)
	select f.* from seen join files f using (id)
	where f.deleted_at is null and f.scan_state <> 'infected' and f.place <> 'gone';
end $$;

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

CREATE FUNCTION public.ticket_is_heard(ticket uuid, comment uuid, listener uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$
begin
	if not exists (select from tickets t where t.id = ticket and t.merged_count > 0) then
		return false;
	end if;
	return exists (
		with recursive merged(id, owner_id, merged_at, into_owner) as (
			select m.id, m.owner_id, m.merged_at, t.owner_id from tickets t join tickets m on m.merged_into = t.id
			where t.id = ticket and m.merged_at is not null
			union
			select m.id, m.owner_id, m.merged_at, p.owner_id from merged p join tickets m on m.merged_into = p.id
			where m.merged_at is not null
		)
		select from merged m, ticket_comments c
		where c.id = comment and not c.is_internal and m.owner_id = listener and m.into_owner <> m.owner_id
			and c.created_at > m.merged_at);
end $$;

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
		'isOverdue', coalesce(t.due_at < now(), false) and t.status not in ('resolved', 'closed'),
		'sla', sla_json(t, true))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
		|| case when t.inbound_id is not null then jsonb_build_object('mail', mail_said_json(t.inbound_id, is_staff)) else '{}' end
		|| case when is_staff then jsonb_build_object('snoozedUntil', t.snoozed_until) else '{}' end
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

CREATE FUNCTION public.ticket_mailbox(ticket uuid) RETURNS text
    LANGUAGE sql STABLE
    AS $$
	select coalesce((select m.address from inbound_mails i join mailboxes m on m.id = i.mailbox_id and m.deleted_at is null and m.active
		where i.ticket_id = ticket and i.outcome = 'ticket' order by i.id limit 1), '')
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
	states text[] := case when wanted ? 'sla' then jsonb_texts(wanted -> 'sla') end;
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
			or (wanted ->> 'overdue')::boolean = (coalesce(t.due_at < now(), false) and t.status not in ('resolved', 'closed')))
		and (states is null or t.sla_state = any(states))
		and (not wanted ? 'snoozed' or (wanted ->> 'snoozed')::boolean = (t.snoozed_until is not null))
		and (words is null or s.public_words @@ words or (internal and s.internal_words @@ words))
		and (matches is null or t.id = any(matches))
		and (place is null or case sort
			when 'createdAt' then (t.created_at, t.id) > (at, last_id)
			when 'dueDate' then (coalesce(t.due_at, timestamptz '9999-12-31T00:00:00Z'), t.id) > (at, last_id)
			when '-dueDate' then (coalesce(t.due_at, timestamptz '1970-01-01T00:00:00Z'), t.id) < (at, last_id)
			when 'dueAt' then (coalesce(t.sla_due_at, timestamptz '9999-12-31T00:00:00Z'), t.id) > (at, last_id)
			when '-dueAt' then (coalesce(t.sla_due_at, timestamptz '1970-01-01T00:00:00Z'), t.id) < (at, last_id)
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
		case when rising and key <> 'number' then case key when 'dueDate' then coalesce(t.due_at, timestamptz '9999-12-31T00:00:00Z') when 'dueAt' then coalesce(t.sla_due_at, timestamptz '9999-12-31T00:00:00Z')
			when 'updatedAt' then case when internal then t.updated_at else t.public_updated_at end else t.created_at end end,
		case when not rising and key <> 'number' then case key when 'dueDate' then coalesce(t.due_at, timestamptz '1970-01-01T00:00:00Z') when 'dueAt' then coalesce(t.sla_due_at, timestamptz '1970-01-01T00:00:00Z')
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
	select case ltrim(sort, '-') when 'dueDate' then cursor_of(coalesce(t.due_at, sort_last(sort)), t.id)
		when 'dueAt' then cursor_of(coalesce(t.sla_due_at, sort_last(sort)), t.id)
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
		'isOverdue', coalesce(t.due_at < now(), false) and t.status not in ('resolved', 'closed'), 'sla', sla_json(t, false))
		|| case when tags_are_open(is_staff, access) then jsonb_build_object('tags', t.tags) else '{}' end
		|| case when is_staff then jsonb_build_object('snoozedUntil', t.snoozed_until) else '{}' end
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

CREATE FUNCTION public.totp_confirm(account uuid, sealed bytea, step bigint, hashes jsonb, event_id uuid, mail_id uuid, mails_most integer, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	owner accounts;
begin
	update totp_factors f set confirmed_at = now(), last_step = step
	where f.account_id = account and f.secret = sealed and f.confirmed_at is null;
	if not found then
		return case when factor_is_on(account) then 'enabled' else 'gone' end;
	end if;
	perform recovery_codes_keep(account, hashes);
	select * into owner from accounts a where a.id = account;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.mfa_enabled', event_id, account, owner.role, request_id, traceparent, 'accountId', account,
		jsonb_build_object('method', 'totp'), origin) e;
	perform account_mail(mail_id, account, 'account_mfa_enabled', owner.email, mails_most);
	return 'ok';
end $$;

CREATE FUNCTION public.totp_disable(account uuid, credential text, step bigint, recovery bytea, event_id uuid, mail_id uuid, mails_most integer, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return 'gone';
	end if;
	if not factor_is_on(account) then
		return 'disabled';
	end if;
	if factor_spend(account, step, recovery) is null then
		return 'code';
	end if;
	perform totp_drop(account, account, event_id, mail_id, mails_most, request_id, traceparent, origin);
	return 'ok';
end $$;

CREATE FUNCTION public.totp_drop(actor uuid, account uuid, event_id uuid, mail_id uuid, mails_most integer, request_id text, traceparent text, origin text) RETURNS void
    LANGUAGE plpgsql
    AS $$
begin
	delete from totp_factors f where f.account_id = account;
	delete from recovery_codes r where r.account_id = account;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.mfa_disabled', event_id, actor, (select a.role from accounts a where a.id = actor), request_id,
		traceparent, 'accountId', account, jsonb_build_object('method', 'totp'), origin) e;
	perform account_mail(mail_id, account, 'account_mfa_disabled', (select a.email from accounts a where a.id = account), mails_most);
end $$;

CREATE FUNCTION public.totp_enrol(account uuid, credential text, sealed bytea) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return 'gone';
	end if;
	insert into totp_factors as f (account_id, secret) values (account, sealed)
	on conflict (account_id) do update set secret = sealed, created_at = now() where f.confirmed_at is null;
	return case when found then 'ok' else 'enabled' end;
end $$;

CREATE FUNCTION public.totp_recover(account uuid, credential text, step bigint, recovery bytea, hashes jsonb, event_id uuid, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	perform from credentials c where c.account_id = account and c.password_hash = credential for no key update;
	if not found then
		return 'gone';
	end if;
	if not factor_is_on(account) then
		return 'disabled';
	end if;
	if factor_spend(account, step, recovery) is null then
		return 'code';
	end if;
	perform recovery_codes_keep(account, hashes);
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.recovery_codes_renewed', event_id, account, (select a.role from accounts a where a.id = account),
		request_id, traceparent, 'accountId', account, '{}', origin) e;
	return 'ok';
end $$;

CREATE FUNCTION public.totp_remove(actor uuid, account uuid, event_id uuid, mail_id uuid, mails_most integer, request_id text, traceparent text, origin text) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
begin
	if not operator_may(actor) then
		return 'forbidden';
	end if;
	perform from accounts a where a.id = account for no key update;
	if not found then
		return 'missing';
	end if;
	if not exists (select from totp_factors f where f.account_id = account) then
		return 'disabled';
	end if;
	perform totp_drop(actor, account, event_id, mail_id, mails_most, request_id, traceparent, origin);
	return 'ok';
end $$;

CREATE FUNCTION public.trace_by_id(wanted uuid, OUT kind text, OUT of_commands uuid[], OUT of_events uuid[], OUT of_mails uuid[], OUT of_inbounds uuid[], OUT of_files uuid[]) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $$
declare
	letter uuid := (select d.command_id from dead_letters d where d.id = wanted);
begin
	if exists (select from inbox_found(array[wanted])) or exists (select from audit_log a where a.command_id = wanted)
			or exists (select from dead_letters d where d.command_id = wanted) then
		kind := 'command';
		of_commands := array[wanted];
	elsif letter is not null then
		kind := 'dead letter';
		of_commands := array[letter];
	elsif exists (select from audit_log a where a.event_id = wanted) then
		kind := 'event';
		of_events := array[wanted];
	elsif exists (select from mails m where m.id = wanted) then
		kind := 'mail';
		of_mails := array[wanted];
	elsif exists (select from inbound_mails i where i.id = wanted) then
		kind := 'inbound mail';
		of_inbounds := array[wanted];
	elsif exists (select from webhook_deliveries d where d.id = wanted) then
		kind := 'delivery';
		of_events := array(select d.event_id from webhook_deliveries d where d.id = wanted);
	elsif exists (select from notifications n where n.id = wanted) then
		kind := 'notification';
		of_events := array(select n.event_id from notifications n where n.id = wanted);
	elsif exists (select from files f where f.id = wanted) then
		kind := 'file';
		of_files := array[wanted];
		of_events := array(select a.event_id from audit_log a where a.resource_id = wanted order by a.seq limit 150);
	end if;
end $$;

CREATE FUNCTION public.trace_events(of_commands uuid[], of_events uuid[]) RETURNS TABLE(at timestamp with time zone, rank integer, step text, what text, id uuid, outcome text, detail text)
    LANGUAGE sql STABLE
    AS $$
	with known as materialized (
		(select a.* from audit_log a where a.command_id = any (of_commands) order by a.seq limit 300)
		union
		(select a.* from audit_log a where a.event_id = any (of_events) limit 300)
	), behind as materialized (
		(select o.*, false as sent from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id) order by o.xid, o.id limit 5000)
		union all
		(select o.*, true from outbox o, relay_cursor c where (o.xid, o.id) <= (c.xid, c.id) order by o.xid desc, o.id desc limit 2000)
	)
	select k.occurred_at, 30, 'event', coalesce(json_of(k.payload) ->> 'type', lower(k.action)), k.event_id, 'relayed, in the trail',
		'seq ' || k.seq || coalesce(' by ' || (select email from accounts where accounts.id = k.actor_id), '')
	from known k
	union all
	select (json_of(b.body) ->> 'occurredAt')::timestamptz, 30, 'event', b.type, (b.headers ->> 'message_id')::uuid,
		case when b.sent then 'relayed, not in the trail yet' else 'waits for the relay' end, null
	from behind b
	where b.exchange = 'guichet.events' and not exists (select from known k where k.event_id = (b.headers ->> 'message_id')::uuid)
		and (coalesce(b.headers ->> 'command_id', json_of(b.body) ->> 'commandId') = any (of_commands::text[])
			or b.headers ->> 'message_id' = any (of_events::text[]))
$$;

CREATE FUNCTION public.trace_found(wanted text, OUT kind text, OUT of_commands uuid[], OUT of_events uuid[], OUT of_mails uuid[], OUT of_inbounds uuid[], OUT of_files uuid[]) RETURNS record
    LANGUAGE plpgsql STABLE
    AS $_$
declare
	said text := btrim(btrim(wanted), '<>');
	as_id uuid := case when said ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$' then said::uuid end;
	trace uuid := case when said ~* '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' then substr(said, 4, 32)::uuid
		when said ~* '^[0-9a-f]{32}$' then said::uuid end;
	ticket uuid := (select t.id from tickets t where t.id = ticket_id_of(said));
begin
	if trace is not null then
		select array_agg(a.event_id), array_agg(distinct a.command_id) filter (where a.command_id is not null) into of_events, of_commands
		from (select * from audit_log where trace_id = trace order by seq limit 300) a;
		kind := case when of_events is not null then 'trace' end;
	end if;
	if kind is null and ticket is not null then
		kind := 'ticket';
		select array_agg(a.event_id), array_agg(distinct a.command_id) filter (where a.command_id is not null) into of_events, of_commands
		from (select * from audit_log where resource_id = ticket order by seq desc limit 150) a;
		of_inbounds := array(select i.id from inbound_mails i where i.ticket_id = ticket order by i.id desc limit 50);
		of_files := array(select f.id from files f where f.ticket_id = ticket order by f.created_at desc limit 50);
	end if;
	if kind is null and said like '%@%' then
		of_mails := array(select m.id from mails m where m.id = (case when split_part(said, '@', 1) ~* '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
			then split_part(said, '@', 1)::uuid end));
		of_inbounds := array(select i.id from inbound_mails i where i.message_hash in (sha256(convert_to(said, 'utf8')),
			sha256(convert_to('<' || said || '>', 'utf8'))) limit 20);
		kind := case when of_mails <> '{}' or of_inbounds <> '{}' then 'message' end;
	end if;
	if kind is null and as_id is not null then
		select * into kind, of_commands, of_events, of_mails, of_inbounds, of_files from trace_by_id(as_id);
	end if;
	if kind is null then
		select array_agg(a.event_id), array_agg(distinct a.command_id) filter (where a.command_id is not null) into of_events, of_commands
		from (select * from audit_log where request_id = said order by seq limit 300) a;
		of_commands := coalesce(of_commands, '{}') || array(select d.command_id from (select * from dead_letters order by died_at desc limit 20000) d
			where d.headers ->> 'correlation_id' = said and d.command_id is not null limit 20);
		kind := case when of_events is not null or of_commands <> '{}' then 'request' end;
	end if;
	-- What a mail, a delivery or an event came of is its story, too.
	of_events := coalesce(of_events, '{}') || array(select m.event_id from mails m where m.id = any (of_mails)
		union select n.event_id from notifications n where n.mail_id = any (of_mails) limit 300);
	of_commands := array(select distinct c from unnest(coalesce(of_commands, '{}') || array(select a.command_id from audit_log a
		where a.event_id = any (of_events) and a.command_id is not null)
		|| array(select i.command_id from inbound_mails i where i.id = any (of_inbounds) and i.command_id is not null)) c limit 200);
	of_mails := coalesce(of_mails, '{}');
	of_inbounds := coalesce(of_inbounds, '{}');
	of_files := coalesce(of_files, '{}');
end $_$;

CREATE FUNCTION public.trace_json(wanted text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
declare
	found_one record;
	steps jsonb;
	first_at timestamptz;
	told bigint;
begin
	select * into found_one from trace_found(wanted);
	if found_one.kind is null then
		return null;
	end if;
	select coalesce(jsonb_agg(jsonb_build_object('at', s.at, 'step', s.step, 'what', s.what, 'id', s.id, 'outcome', s.outcome,
			'detail', nullif(s.detail, '')) order by s.at nulls first, s.rank, s.id), '[]'), min(s.at), count(*)
	into steps, first_at, told
	from trace_steps(found_one.of_commands, found_one.of_events, found_one.of_mails, found_one.of_inbounds, found_one.of_files) s;
	return jsonb_build_object('id', wanted, 'kind', found_one.kind, 'isWhole', told < 500, 'steps', steps, 'notes', to_jsonb(array_remove(array[
		case when first_at < now() - interval '30 days' then 'older than 30 days: how commands ended and what was sent to webhooks is kept no longer' end,
		case when first_at < now() - interval '90 days' then 'older than 90 days: notifications, mails and settled dead letters are kept no longer' end,
		case when told >= 500 then 'these are the latest 500 steps' end], null)));
end $$;

CREATE FUNCTION public.trace_steps(of_commands uuid[], of_events uuid[], of_mails uuid[], of_inbounds uuid[], of_files uuid[]) RETURNS TABLE(at timestamp with time zone, rank integer, step text, what text, id uuid, outcome text, detail text)
    LANGUAGE sql STABLE
    AS $$
	with applied as materialized (select * from inbox_found(of_commands)),
	letters as materialized (select d.* from dead_letters d where d.command_id = any (of_commands) limit 100),
	events as materialized (select * from trace_events(of_commands, of_events)),
	told as (select array(select e.id from events e) as ids),
	mail_in as materialized (
		select * from inbound_mails i where i.id = any (of_inbounds)
		union select * from inbound_mails i where i.command_id = any (of_commands) limit 100
	), touched as (
		select array(select unnest(of_files) union select a.subject_id from applied a where a.type like 'file.%' and a.subject_id is not null) as ids
	), steps as (
		select id_time(c.id) as at, 10 as rank, 'accepted' as step, coalesce(a.type, l.type, '') as what, c.id,
			case when a.command_id is not null or l.id is not null or exists (select from events) then 'confirmed' else 'not applied' end as outcome,
			case when a.command_id is null and l.id is null and not exists (select from events)
				then 'it waits in its queue, was never confirmed by the broker, or is forgotten' end as detail
		from unnest(of_commands) c(id) left join applied a on a.command_id = c.id
			left join lateral (select * from letters where letters.command_id = c.id limit 1) l on true
		where id_time(c.id) is not null
		union all
		select a.finished_at, 20, 'applied', a.type, a.command_id, a.state,
			concat_ws(', ', a.status, nullif(a.code, ''), 'version ' || a.version, left(a.problem ->> 'detail', 300)) from applied a
		union all
		select s.started_at, 15, 'tried', 'start ' || s.starts, s.command_id, 'redelivered', 'three starts without an end are a death'
		from suspects s where s.command_id = any (of_commands)
		union all
		select l.died_at, 25, 'died', l.queue || ' ' || l.type, l.id, l.state, left(l.reason, 300) from letters l
		union all
		select l.edited_at, 26, 'changed by hand', l.type, l.id, l.state, null from letters l where l.edited_at is not null
		union all
		select l.replayed_at, 27, 'replayed', l.type, l.id, l.state, l.replays || ' times' from letters l where l.replayed_at is not null
		union all
		select l.discarded_at, 28, 'discarded', l.type, l.id, l.state, l.discarded_why from letters l where l.discarded_at is not null
		union all
		select m.accepted_at, 5, 'mail taken', concat_ws(' ', m.door, 'from', coalesce(m.from_address, m.envelope_from, m.peer)), m.id, 'in the ledger',
			left(m.subject, 200) from mail_in m
		union all
		select m.outcome_at, 6, 'mail decided', coalesce(m.message_id, ''), m.id, m.outcome, concat_ws(', ', left(m.reason, 200), left(m.error, 200))
		from mail_in m where m.outcome_at is not null
		union all
		select * from events
		union all
		select t.* from told, touched, trace_told(told.ids, of_mails, touched.ids) t
	)
	select * from (select * from steps order by at desc nulls last, rank desc limit 500) latest order by at nulls first, rank, id
$$;

CREATE FUNCTION public.trace_told(of_events uuid[], of_mails uuid[], of_files uuid[]) RETURNS TABLE(at timestamp with time zone, rank integer, step text, what text, id uuid, outcome text, detail text)
    LANGUAGE sql STABLE
    AS $$
	with written as materialized (
		select * from mails where mails.id = any (of_mails)
		union select * from mails where mails.event_id = any (of_events)
		union select * from mails where mails.id in (select n.mail_id from notifications n where n.event_id = any (of_events))
		limit 300
	)
	(select coalesce(n.told_at, n.created_at), 40, 'notification', n.topic || ' by ' || n.channel, n.id, n.state,
		concat_ws(', ', (select email from accounts where accounts.id = n.recipient_id), n.why ->> 'decided')
	from notifications n where n.event_id = any (of_events) limit 300)
	union all
	(select m.created_at, 41, 'mail written', m.template || ' to ' || m.recipient, m.id, m.state, null
	from written m)
	union all
	(select coalesce(m.sent_at, m.tried_at), 50, 'mail tried', 'attempt ' || m.attempts, m.id, m.state, left(m.last_reply, 300)
	from written m
	where coalesce(m.sent_at, m.tried_at) is not null)
	union all
	(select coalesce(d.finished_at, d.started_at, d.created_at), 45, 'webhook', d.event_type || coalesce(' to ' || w.url, ''), d.id,
		d.state || coalesce(' (' || d.status || ')', ''), concat_ws(', ', 'attempt ' || d.attempts, d.took_ms || ' ms', left(d.error, 200))
	from webhook_deliveries d left join webhooks w on w.id = d.webhook_id where d.event_id = any (of_events) limit 300)
	union all
	(select coalesce(p.finished_at, p.started_at, p.created_at), 46, 'push', 'attempt ' || p.attempts, p.id, p.state || coalesce(' (' || p.status || ')', ''),
		left(p.error, 200)
	from notifications n join push_deliveries p on p.notification_id = n.id where n.event_id = any (of_events) limit 300)
	union all
	(select coalesce(f.scanned_at, f.created_at), 42, 'scan', f.name, f.id, f.scan_state, concat_ws(', ', f.scan_engine, f.scan_note, f.place)
	from files f where f.id = any (of_files) limit 300)
$$;

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
	select partition_drop(parent, upkeep_day(now())) where parent in ('inbox', 'outbox', 'event_inbox', 'log_lines')
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

CREATE FUNCTION public.webhook_delivery_id(event uuid, webhook uuid) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select (left(event::text, 14) || '8' || substr(d, 1, 3) || '-8' || substr(d, 4, 3) || '-' || substr(d, 7, 12))::uuid
	from encode(sha256(convert_to(event::text || webhook::text, 'UTF8')), 'hex') as t(d)
$$;

CREATE TABLE public.webhooks (
    id uuid NOT NULL,
    url text NOT NULL,
    events text[] NOT NULL,
    filter jsonb DEFAULT '{}'::jsonb NOT NULL,
    ordered boolean DEFAULT false NOT NULL,
    active boolean DEFAULT true NOT NULL,
    note text,
    stopped_by text,
    generation integer NOT NULL,
    previous_generation integer DEFAULT 0 NOT NULL,
    previous_until timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT webhook_wants_something CHECK ((events <> '{}'::text[]))
);

CREATE FUNCTION public.webhook_json(w public.webhooks) RETURNS jsonb
    LANGUAGE sql STABLE
    AS $$
	select jsonb_build_object('id', w.id, 'url', w.url, 'events', to_jsonb(w.events), 'filter', w.filter, 'ordered', w.ordered,
		'active', w.active, 'note', w.note, 'circuit', case when coalesce(c.failures, 0) < 10 then 'closed'
			when c.open_until > now() then 'open' else 'trying' end,
		'failures', coalesce(c.failures, 0), 'retryAt', case when c.open_until > now() then c.open_until end,
		'waiting', (select count(*) from (select from webhook_deliveries d where d.webhook_id = w.id and d.state = 'waiting' limit 10000) x),
		'previousSecretUntil', case when w.previous_generation > 0 and w.previous_until > now() then w.previous_until end,
		'stoppedBy', nullif(w.stopped_by, ''), 'version', w.version, 'createdAt', w.created_at, 'updatedAt', w.updated_at)
	from (select 1) one left join webhook_circuits c on c.webhook_id = w.id
$$;

CREATE FUNCTION public.webhook_page(wanted jsonb, most bigint) RETURNS SETOF public.webhook_deliveries
    LANGUAGE plpgsql STABLE
    SET plan_cache_mode TO 'force_custom_plan'
    AS $$
begin
	return query
	select d.* from webhook_deliveries d
	where d.webhook_id = (wanted ->> 'webhookId')::uuid
		and (not wanted ? 'cursor' or d.seq < (wanted ->> 'cursor')::bigint)
		and (not wanted ? 'state' or d.state = wanted ->> 'state')
		and (not wanted ? 'event' or d.event_type = wanted ->> 'event')
	order by d.seq desc
	limit most;
end $$;

CREATE FUNCTION public.webhook_wants(w public.webhooks, type text, tested uuid, ticket uuid, priority text, category text, tags text[]) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
	select case when type = 'webhook.tested' then w.id = tested
		else w.events && array['*', type, split_part(type, '.', 1) || '.*']
			and (w.filter = '{}' or (ticket is not null
				and (not w.filter ? 'priority' or w.filter -> 'priority' ? coalesce(priority, ''))
				and (not w.filter ? 'category' or w.filter -> 'category' ? coalesce(category, ''))
				and (not w.filter ? 'tag' or jsonb_exists_any(w.filter -> 'tag', coalesce(tags, '{}')))
				and (not w.filter ? 'ticketId' or w.filter -> 'ticketId' ? ticket::text))) end
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

CREATE TABLE public.account_tokens (
    hash bytea NOT NULL,
    account_id uuid NOT NULL,
    kind text NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    CONSTRAINT account_token_kind_is_known CHECK ((kind = ANY (ARRAY['verify'::text, 'reset'::text, 'magic'::text, 'invite'::text, 'email_old'::text, 'email_new'::text])))
);

CREATE TABLE public.api_tokens (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    name text NOT NULL,
    hash bytea NOT NULL,
    scopes text[] NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone,
    changed_xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT api_token_scopes_are_known CHECK (((scopes <@ '{read,write,admin}'::text[]) AND (scopes <> '{}'::text[])))
);

CREATE TABLE public.audit_segments (
    last_seq bigint NOT NULL,
    last_hash bytea NOT NULL,
    last_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.backups (
    id uuid NOT NULL,
    started_at timestamp with time zone DEFAULT now() NOT NULL,
    ended_at timestamp with time zone,
    folder text NOT NULL,
    bytes bigint DEFAULT 0 NOT NULL,
    objects bigint DEFAULT 0 NOT NULL,
    outcome text DEFAULT 'running'::text NOT NULL,
    said text DEFAULT ''::text NOT NULL,
    by_whom uuid,
    CONSTRAINT backup_outcome_is_known CHECK ((outcome = ANY (ARRAY['wanted'::text, 'running'::text, 'done'::text, 'failed'::text]))),
    CONSTRAINT backup_that_ended_has_ended_at CHECK (((outcome = ANY (ARRAY['wanted'::text, 'running'::text])) = (ended_at IS NULL)))
);

CREATE TABLE public.calendars (
    id uuid NOT NULL,
    name text NOT NULL,
    body jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT calendar_name_is_given CHECK ((name <> ''::text))
);

CREATE TABLE public.credentials (
    account_id uuid NOT NULL,
    password_hash text NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.dependencies (
    name text NOT NULL,
    is_up boolean NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    said text
);

CREATE TABLE public.email_changes (
    account_id uuid NOT NULL,
    address text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL,
    old_confirmed_at timestamp with time zone,
    new_confirmed_at timestamp with time zone
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

CREATE TABLE public.file_access_logs (
    id bigint NOT NULL,
    file_id uuid NOT NULL,
    user_id uuid,
    action text NOT NULL,
    ip_address text,
    user_agent text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT file_action_is_known CHECK ((action = ANY (ARRAY['UPLOAD'::text, 'READ'::text, 'DOWNLOAD'::text, 'PREVIEW'::text, 'UPDATE'::text, 'DELETE'::text, 'RESTORE'::text])))
);

ALTER TABLE public.file_access_logs ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.file_access_logs_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.file_link_uses (
    link_hash bytea NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.identities (
    account_id uuid NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    email text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.imap_cursors (
    account text NOT NULL,
    uidvalidity bigint NOT NULL,
    uid bigint NOT NULL,
    polled_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.imap_troubles (
    account text NOT NULL,
    uidvalidity bigint NOT NULL,
    uid bigint NOT NULL,
    tries integer DEFAULT 1 NOT NULL,
    next_try_at timestamp with time zone,
    reason text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.inbound_texts (
    inbound_id uuid NOT NULL,
    to_shown jsonb DEFAULT '[]'::jsonb NOT NULL,
    cc_shown jsonb DEFAULT '[]'::jsonb NOT NULL,
    visible_text text DEFAULT ''::text NOT NULL,
    folded_text text DEFAULT ''::text NOT NULL,
    visible_html text DEFAULT ''::text NOT NULL,
    folded_html text DEFAULT ''::text NOT NULL,
    attachments jsonb DEFAULT '[]'::jsonb NOT NULL,
    notes jsonb DEFAULT '[]'::jsonb NOT NULL
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

CREATE TABLE public.log_lines (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
)
PARTITION BY RANGE (day);

CREATE TABLE public.log_lines_20261129 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261130 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261201 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261202 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261203 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261204 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261205 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261206 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261207 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261208 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261209 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261210 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261211 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261212 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261213 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_20261214 (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

CREATE TABLE public.log_lines_default (
    day date DEFAULT public.today() NOT NULL,
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    level smallint NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    message text NOT NULL,
    ids text[] NOT NULL,
    line jsonb NOT NULL
);

ALTER TABLE public.log_lines ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.log_lines_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.mail_bounces (
    address text NOT NULL,
    mail_id uuid NOT NULL,
    inbound_id uuid NOT NULL,
    kind text NOT NULL,
    status text DEFAULT ''::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT bounce_kind_is_known CHECK ((kind = ANY (ARRAY['hard'::text, 'soft'::text, 'complaint'::text])))
);

CREATE TABLE public.mail_counts (
    domain text NOT NULL,
    slot smallint NOT NULL,
    sent bigint DEFAULT 0 NOT NULL,
    deferred bigint DEFAULT 0 NOT NULL,
    failed bigint DEFAULT 0 NOT NULL,
    bounced bigint DEFAULT 0 NOT NULL,
    complained bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.mail_domains (
    domain text NOT NULL,
    slow_until timestamp with time zone,
    minute_at timestamp with time zone,
    minute_count integer DEFAULT 0 NOT NULL
);

CREATE TABLE public.mail_suppressions (
    address text NOT NULL,
    reason text NOT NULL,
    source text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT suppression_address_is_lower CHECK (((address = lower(address)) AND (address ~~ '%_@_%'::text))),
    CONSTRAINT suppression_source_is_known CHECK ((source = ANY (ARRAY['operator'::text, 'bounce'::text, 'complaint'::text])))
);

CREATE TABLE public.message_references (
    message_hash bytea NOT NULL,
    ticket_id uuid NOT NULL,
    inbound_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE UNLOGGED TABLE public.monitor_series (
    at timestamp with time zone NOT NULL,
    figures jsonb NOT NULL
);

CREATE UNLOGGED TABLE public.monitor_state (
    only_row boolean DEFAULT true NOT NULL,
    at timestamp with time zone NOT NULL,
    snapshot jsonb NOT NULL,
    CONSTRAINT monitor_state_is_one_row CHECK (only_row)
);

CREATE TABLE public.notices (
    id uuid NOT NULL,
    sender_id uuid,
    recipient_id uuid NOT NULL,
    kind text DEFAULT ''::text NOT NULL,
    headline text NOT NULL,
    content text NOT NULL,
    data jsonb,
    priority text DEFAULT 'normal'::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT notice_priority_is_known CHECK ((priority = ANY (ARRAY['high'::text, 'normal'::text, 'low'::text])))
);

ALTER TABLE public.notifications ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.notifications_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.operator_log_levels (
    program text NOT NULL,
    level text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    until timestamp with time zone NOT NULL,
    by_whom uuid,
    CONSTRAINT operator_log_level_is_known CHECK ((level = ANY (ARRAY['debug'::text, 'info'::text, 'notice'::text, 'warning'::text, 'error'::text, 'critical'::text])))
);

CREATE TABLE public.operator_pauses (
    target text NOT NULL,
    why text NOT NULL,
    since timestamp with time zone DEFAULT now() NOT NULL,
    until timestamp with time zone,
    by_whom uuid
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

CREATE UNLOGGED TABLE public.program_instances (
    instance uuid NOT NULL,
    program text NOT NULL,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone DEFAULT now() NOT NULL,
    facts jsonb NOT NULL
);

CREATE UNLOGGED TABLE public.program_settings (
    instance uuid NOT NULL,
    told_at timestamp with time zone DEFAULT now() NOT NULL,
    settings jsonb NOT NULL
);

CREATE TABLE public.push_deliveries (
    id uuid DEFAULT gen_random_uuid() NOT NULL,
    notification_id uuid NOT NULL,
    account_id uuid NOT NULL,
    subscription_id uuid NOT NULL,
    state text DEFAULT 'waiting'::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT (now() + '24:00:00'::interval) NOT NULL,
    worker integer,
    started_at timestamp with time zone,
    status integer,
    error text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT push_state_is_known CHECK ((state = ANY (ARRAY['waiting'::text, 'sending'::text, 'delivered'::text, 'failed'::text])))
);

CREATE TABLE public.recovery_codes (
    account_id uuid NOT NULL,
    hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    used_at timestamp with time zone
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
    logged_out_at timestamp with time zone,
    method text DEFAULT 'password'::text NOT NULL,
    origin text DEFAULT ''::text NOT NULL,
    used_at timestamp with time zone DEFAULT now() NOT NULL,
    ends_at timestamp with time zone
);

CREATE TABLE public.sign_in_failures (
    email text NOT NULL,
    failures integer DEFAULT 1 NOT NULL,
    failed_at timestamp with time zone DEFAULT now() NOT NULL,
    locked_until timestamp with time zone
);

CREATE TABLE public.sla_policies (
    id uuid NOT NULL,
    name text NOT NULL,
    "position" integer NOT NULL,
    calendar_id uuid,
    body jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    CONSTRAINT sla_policy_name_is_given CHECK ((name <> ''::text))
);

CREATE TABLE public.sla_state (
    epoch bigint DEFAULT 1 NOT NULL,
    singleton boolean DEFAULT true NOT NULL,
    CONSTRAINT sla_state_has_one_row CHECK (singleton)
);

CREATE TABLE public.spent_states (
    hash bytea NOT NULL,
    spent_at timestamp with time zone DEFAULT now() NOT NULL
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

CREATE TABLE public.text_versions (
    version integer NOT NULL,
    name text NOT NULL,
    language text DEFAULT ''::text NOT NULL,
    parts jsonb NOT NULL,
    changed_at timestamp with time zone DEFAULT now() NOT NULL,
    changed_by uuid
);

CREATE TABLE public.texts (
    id uuid NOT NULL,
    body jsonb NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT texts_are_bounded CHECK ((length((body)::text) <= 2000000))
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

CREATE TABLE public.ticket_spans (
    id bigint NOT NULL,
    ticket_id uuid NOT NULL,
    target text NOT NULL,
    kind text NOT NULL,
    why text,
    from_at timestamp with time zone NOT NULL,
    to_at timestamp with time zone NOT NULL,
    worked_us bigint NOT NULL,
    policy_id uuid,
    policy_version integer,
    calendar_id uuid,
    calendar_version integer,
    CONSTRAINT ticket_span_kind_is_known CHECK ((kind = ANY (ARRAY['worked'::text, 'paused'::text]))),
    CONSTRAINT ticket_span_target_is_known CHECK ((target = ANY (ARRAY['first_response'::text, 'next_response'::text, 'resolution'::text])))
);

ALTER TABLE public.ticket_spans ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ticket_spans_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.timers (
    kind text NOT NULL,
    subject uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    version bigint NOT NULL,
    rank smallint DEFAULT 0 NOT NULL,
    payload jsonb,
    CONSTRAINT timer_kind_is_known CHECK ((kind = ANY (ARRAY['sla'::text, 'close'::text, 'remind'::text, 'wake'::text, 'schedule'::text, 'recompute'::text]))),
    CONSTRAINT timer_rank_is_known CHECK (((rank >= 0) AND (rank <= 4)))
)
WITH (autovacuum_vacuum_scale_factor='0.01', autovacuum_vacuum_threshold='5000');

CREATE TABLE public.totp_factors (
    account_id uuid NOT NULL,
    secret bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    confirmed_at timestamp with time zone,
    last_step bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.upkeep (
    only_row boolean DEFAULT true NOT NULL,
    day date NOT NULL,
    moved_at timestamp with time zone NOT NULL,
    CONSTRAINT upkeep_is_one_row CHECK (only_row)
);

CREATE TABLE public.webhook_circuits (
    webhook_id uuid NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    open_until timestamp with time zone
);

ALTER TABLE public.webhook_deliveries ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_deliveries_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE ONLY public.event_inbox ATTACH PARTITION public.event_inbox_default DEFAULT;

ALTER TABLE ONLY public.inbox ATTACH PARTITION public.inbox_default DEFAULT;

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261129 FOR VALUES FROM ('2026-11-29') TO ('2026-11-30');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261130 FOR VALUES FROM ('2026-11-30') TO ('2026-12-01');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261201 FOR VALUES FROM ('2026-12-01') TO ('2026-12-02');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261202 FOR VALUES FROM ('2026-12-02') TO ('2026-12-03');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261203 FOR VALUES FROM ('2026-12-03') TO ('2026-12-04');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261204 FOR VALUES FROM ('2026-12-04') TO ('2026-12-05');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261205 FOR VALUES FROM ('2026-12-05') TO ('2026-12-06');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261206 FOR VALUES FROM ('2026-12-06') TO ('2026-12-07');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261207 FOR VALUES FROM ('2026-12-07') TO ('2026-12-08');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261208 FOR VALUES FROM ('2026-12-08') TO ('2026-12-09');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261209 FOR VALUES FROM ('2026-12-09') TO ('2026-12-10');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261210 FOR VALUES FROM ('2026-12-10') TO ('2026-12-11');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261211 FOR VALUES FROM ('2026-12-11') TO ('2026-12-12');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261212 FOR VALUES FROM ('2026-12-12') TO ('2026-12-13');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261213 FOR VALUES FROM ('2026-12-13') TO ('2026-12-14');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_20261214 FOR VALUES FROM ('2026-12-14') TO ('2026-12-15');

ALTER TABLE ONLY public.log_lines ATTACH PARTITION public.log_lines_default DEFAULT;

ALTER TABLE ONLY public.outbox ATTACH PARTITION public.outbox_default DEFAULT;

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT account_email_is_unique UNIQUE (email);

ALTER TABLE ONLY public.account_tokens
    ADD CONSTRAINT account_tokens_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.alerts
    ADD CONSTRAINT alerts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_event_is_logged_once UNIQUE (event_id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.audit_segments
    ADD CONSTRAINT audit_segments_pkey PRIMARY KEY (last_seq);

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.calendar_versions
    ADD CONSTRAINT calendar_versions_pkey PRIMARY KEY (calendar_id, version);

ALTER TABLE ONLY public.calendars
    ADD CONSTRAINT calendars_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.dead_letters
    ADD CONSTRAINT dead_letters_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.dependencies
    ADD CONSTRAINT dependencies_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.email_changes
    ADD CONSTRAINT email_changes_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.event_inbox
    ADD CONSTRAINT event_inbox_pkey PRIMARY KEY (day, consumer, event_id);

ALTER TABLE ONLY public.event_inbox_default
    ADD CONSTRAINT event_inbox_default_pkey PRIMARY KEY (day, consumer, event_id);

ALTER TABLE ONLY public.file_access_logs
    ADD CONSTRAINT file_access_logs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.file_link_uses
    ADD CONSTRAINT file_link_uses_pkey PRIMARY KEY (link_hash);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY public.imap_cursors
    ADD CONSTRAINT imap_cursors_pkey PRIMARY KEY (account);

ALTER TABLE ONLY public.imap_troubles
    ADD CONSTRAINT imap_troubles_pkey PRIMARY KEY (account, uidvalidity, uid);

ALTER TABLE ONLY public.inbound_mails
    ADD CONSTRAINT inbound_mails_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.inbound_texts
    ADD CONSTRAINT inbound_texts_pkey PRIMARY KEY (inbound_id);

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (day, command_id);

ALTER TABLE ONLY public.inbox_default
    ADD CONSTRAINT inbox_default_pkey PRIMARY KEY (day, command_id);

ALTER TABLE ONLY public.inbox_keyed
    ADD CONSTRAINT inbox_keyed_pkey PRIMARY KEY (command_id);

ALTER TABLE ONLY public.mail_bounces
    ADD CONSTRAINT mail_bounces_pkey PRIMARY KEY (address, mail_id);

ALTER TABLE ONLY public.mail_counts
    ADD CONSTRAINT mail_counts_pkey PRIMARY KEY (domain, slot);

ALTER TABLE ONLY public.mail_domains
    ADD CONSTRAINT mail_domains_pkey PRIMARY KEY (domain);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mail_is_written_once UNIQUE (event_id, template, recipient);

ALTER TABLE ONLY public.mail_suppressions
    ADD CONSTRAINT mail_suppressions_pkey PRIMARY KEY (address);

ALTER TABLE ONLY public.mailboxes
    ADD CONSTRAINT mailboxes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.message_references
    ADD CONSTRAINT message_references_pkey PRIMARY KEY (message_hash, ticket_id);

ALTER TABLE ONLY public.monitor_series
    ADD CONSTRAINT monitor_series_pkey PRIMARY KEY (at);

ALTER TABLE ONLY public.monitor_state
    ADD CONSTRAINT monitor_state_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notification_is_told_once UNIQUE (event_id, recipient_id, channel, template);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.operator_log_levels
    ADD CONSTRAINT operator_log_levels_pkey PRIMARY KEY (program);

ALTER TABLE ONLY public.operator_pauses
    ADD CONSTRAINT operator_pauses_pkey PRIMARY KEY (target);

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (day, id);

ALTER TABLE ONLY public.outbox_default
    ADD CONSTRAINT outbox_default_pkey PRIMARY KEY (day, id);

ALTER TABLE ONLY public.program_instances
    ADD CONSTRAINT program_instances_pkey PRIMARY KEY (instance);

ALTER TABLE ONLY public.program_settings
    ADD CONSTRAINT program_settings_pkey PRIMARY KEY (instance);

ALTER TABLE ONLY public.push_deliveries
    ADD CONSTRAINT push_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.push_deliveries
    ADD CONSTRAINT push_is_sent_once UNIQUE (notification_id, subscription_id);

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_pkey PRIMARY KEY (account_id, hash);

ALTER TABLE ONLY public.relay_cursor
    ADD CONSTRAINT relay_cursor_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_pkey PRIMARY KEY (id);

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

ALTER TABLE ONLY public.sign_in_failures
    ADD CONSTRAINT sign_in_failures_pkey PRIMARY KEY (email);

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sla_policy_versions
    ADD CONSTRAINT sla_policy_versions_pkey PRIMARY KEY (policy_id, version);

ALTER TABLE ONLY public.sla_state
    ADD CONSTRAINT sla_state_pkey PRIMARY KEY (singleton);

ALTER TABLE ONLY public.spent_states
    ADD CONSTRAINT spent_states_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.spent_tokens
    ADD CONSTRAINT spent_tokens_pkey PRIMARY KEY (refresh_hash);

ALTER TABLE ONLY public.suspects
    ADD CONSTRAINT suspects_pkey PRIMARY KEY (command_id);

ALTER TABLE ONLY public.text_versions
    ADD CONSTRAINT text_versions_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.texts
    ADD CONSTRAINT texts_pkey PRIMARY KEY (id);

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

ALTER TABLE ONLY public.ticket_spans
    ADD CONSTRAINT ticket_spans_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.timers
    ADD CONSTRAINT timers_pkey PRIMARY KEY (kind, subject);

ALTER TABLE ONLY public.totp_factors
    ADD CONSTRAINT totp_factors_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.upkeep
    ADD CONSTRAINT upkeep_pkey PRIMARY KEY (only_row);

ALTER TABLE ONLY public.webhook_circuits
    ADD CONSTRAINT webhook_circuits_pkey PRIMARY KEY (webhook_id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);

CREATE INDEX account_tokens_by_end ON public.account_tokens USING btree (expires_at);

CREATE INDEX account_tokens_of_account ON public.account_tokens USING btree (account_id, kind);

CREATE INDEX accounts_by_age ON public.accounts USING btree (created_at, id);

CREATE INDEX accounts_by_epoch_at ON public.accounts USING btree (epoch_at) WHERE (epoch_at IS NOT NULL);

CREATE INDEX accounts_by_epoch_xid ON public.accounts USING btree (epoch_xid) WHERE (epoch_xid IS NOT NULL);

CREATE INDEX accounts_by_name ON public.accounts USING btree (last_name, first_name, id);

CREATE INDEX accounts_by_words ON public.accounts USING gin (words);

CREATE INDEX accounts_staff ON public.accounts USING btree (role) WHERE ((role <> 'user'::text) AND active);

CREATE INDEX accounts_without_words ON public.accounts USING btree (id) WHERE (words IS NULL);

CREATE INDEX alerts_by_age ON public.alerts USING btree (since);

CREATE UNIQUE INDEX alerts_open ON public.alerts USING btree (name, subject) WHERE (resolved_at IS NULL);

CREATE INDEX api_tokens_by_change ON public.api_tokens USING btree (changed_xid);

CREATE INDEX api_tokens_of_account ON public.api_tokens USING btree (account_id, created_at);

CREATE INDEX audit_log_by_action ON public.audit_log USING btree (action, seq);

CREATE INDEX audit_log_by_address ON public.audit_log USING btree (split_part(origin, ' '::text, 1), seq) WHERE (origin IS NOT NULL);

CREATE INDEX audit_log_by_time ON public.audit_log USING btree (occurred_at, seq);

CREATE INDEX audit_log_by_word ON public.audit_log USING gin (to_tsvector('simple'::regconfig, payload));

CREATE INDEX audit_log_erased ON public.audit_log USING btree (seq) WHERE (payload IS NULL);

CREATE INDEX audit_log_of_actor ON public.audit_log USING btree (actor_id, seq);

CREATE INDEX audit_log_of_command ON public.audit_log USING btree (command_id) WHERE (command_id IS NOT NULL);

CREATE INDEX audit_log_of_request ON public.audit_log USING btree (request_id) WHERE (request_id IS NOT NULL);

CREATE INDEX audit_log_of_resource ON public.audit_log USING btree (resource_id, seq);

CREATE INDEX audit_log_of_trace ON public.audit_log USING btree (trace_id) WHERE (trace_id IS NOT NULL);

CREATE INDEX backups_by_start ON public.backups USING btree (started_at);

CREATE UNIQUE INDEX backups_wanted_once ON public.backups USING btree ((true)) WHERE ((by_whom IS NOT NULL) AND (ended_at IS NULL));

CREATE UNIQUE INDEX calendars_by_name ON public.calendars USING btree (lower(name)) WHERE (deleted_at IS NULL);

CREATE INDEX dead_letters_by_age ON public.dead_letters USING btree (died_at);

CREATE INDEX dead_letters_of_command ON public.dead_letters USING btree (command_id);

CREATE INDEX dead_letters_open ON public.dead_letters USING btree (died_at, id) WHERE (state = 'open'::text);

CREATE INDEX file_access_logs_by_age ON public.file_access_logs USING btree (created_at);

CREATE INDEX file_access_logs_of_file ON public.file_access_logs USING btree (file_id, id);

CREATE INDEX file_link_uses_by_end ON public.file_link_uses USING btree (expires_at);

CREATE INDEX files_as_avatars ON public.files USING btree (uploaded_by, created_at, id) WHERE ((purpose = 'avatar'::text) AND (scan_state = 'clean'::text));

CREATE INDEX files_by_age ON public.files USING btree (created_at, id);

CREATE INDEX files_by_hash ON public.files USING btree (sha256);

CREATE INDEX files_by_uploader ON public.files USING btree (uploaded_by, created_at);

CREATE INDEX files_deleted ON public.files USING btree (deleted_at) WHERE ((deleted_at IS NOT NULL) AND (place <> 'gone'::text));

CREATE INDEX files_expired ON public.files USING btree (expired_at) WHERE ((expired_at IS NOT NULL) AND (place <> 'gone'::text));

CREATE INDEX files_of_comment ON public.files USING btree (comment_id) WHERE (comment_id IS NOT NULL);

CREATE INDEX files_of_ticket ON public.files USING btree (ticket_id, created_at) WHERE (ticket_id IS NOT NULL);

CREATE INDEX files_quarantined ON public.files USING btree (scanned_at) WHERE (place = 'quarantine'::text);

CREATE INDEX files_scanned ON public.files USING btree (scanned_at) WHERE (place = 'kept'::text);

CREATE INDEX files_to_scan ON public.files USING btree (next_scan_at) WHERE (scan_state = 'pending'::text);

CREATE INDEX files_unattached ON public.files USING btree (created_at) WHERE ((ticket_id IS NULL) AND (purpose = 'ticket'::text) AND (place <> 'gone'::text));

CREATE INDEX identities_of_account ON public.identities USING btree (account_id);

CREATE INDEX inbound_approvals ON public.inbound_mails USING btree (id) WHERE (approval = 'waiting'::text);

CREATE UNIQUE INDEX inbound_by_door_key ON public.inbound_mails USING btree (door, door_key) WHERE (door_key IS NOT NULL);

CREATE INDEX inbound_by_message ON public.inbound_mails USING btree (message_hash, body_hash);

CREATE INDEX inbound_by_outcome ON public.inbound_mails USING btree (outcome, id);

CREATE INDEX inbound_by_sender ON public.inbound_mails USING btree (from_address, id);

CREATE INDEX inbound_by_ticket ON public.inbound_mails USING btree (ticket_id, id) WHERE (ticket_id IS NOT NULL);

CREATE INDEX inbound_of_command ON public.inbound_mails USING btree (command_id) WHERE (command_id IS NOT NULL);

CREATE INDEX inbound_unapplied ON public.inbound_mails USING btree (outcome_at) WHERE ((command_id IS NOT NULL) AND (applied IS NULL));

CREATE INDEX inbound_waiting ON public.inbound_mails USING btree (next_attempt_at, id) WHERE ((outcome IS NULL) OR reread);

CREATE INDEX inbox_keyed_by_age ON public.inbox_keyed USING brin (finished_at);

CREATE INDEX log_lines_in_order ON ONLY public.log_lines USING btree (at, seq);

CREATE INDEX log_lines_20261129_at_seq_idx ON public.log_lines_20261129 USING btree (at, seq);

CREATE INDEX log_lines_of_id ON ONLY public.log_lines USING gin (ids);

CREATE INDEX log_lines_20261129_ids_idx ON public.log_lines_20261129 USING gin (ids);

CREATE INDEX log_lines_by_level ON ONLY public.log_lines USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261129_level_at_idx ON public.log_lines_20261129 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_by_seq ON ONLY public.log_lines USING btree (seq);

CREATE INDEX log_lines_20261129_seq_idx ON public.log_lines_20261129 USING btree (seq);

CREATE INDEX log_lines_20261130_at_seq_idx ON public.log_lines_20261130 USING btree (at, seq);

CREATE INDEX log_lines_20261130_ids_idx ON public.log_lines_20261130 USING gin (ids);

CREATE INDEX log_lines_20261130_level_at_idx ON public.log_lines_20261130 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261130_seq_idx ON public.log_lines_20261130 USING btree (seq);

CREATE INDEX log_lines_20261201_at_seq_idx ON public.log_lines_20261201 USING btree (at, seq);

CREATE INDEX log_lines_20261201_ids_idx ON public.log_lines_20261201 USING gin (ids);

CREATE INDEX log_lines_20261201_level_at_idx ON public.log_lines_20261201 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261201_seq_idx ON public.log_lines_20261201 USING btree (seq);

CREATE INDEX log_lines_20261202_at_seq_idx ON public.log_lines_20261202 USING btree (at, seq);

CREATE INDEX log_lines_20261202_ids_idx ON public.log_lines_20261202 USING gin (ids);

CREATE INDEX log_lines_20261202_level_at_idx ON public.log_lines_20261202 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261202_seq_idx ON public.log_lines_20261202 USING btree (seq);

CREATE INDEX log_lines_20261203_at_seq_idx ON public.log_lines_20261203 USING btree (at, seq);

CREATE INDEX log_lines_20261203_ids_idx ON public.log_lines_20261203 USING gin (ids);

CREATE INDEX log_lines_20261203_level_at_idx ON public.log_lines_20261203 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261203_seq_idx ON public.log_lines_20261203 USING btree (seq);

CREATE INDEX log_lines_20261204_at_seq_idx ON public.log_lines_20261204 USING btree (at, seq);

CREATE INDEX log_lines_20261204_ids_idx ON public.log_lines_20261204 USING gin (ids);

CREATE INDEX log_lines_20261204_level_at_idx ON public.log_lines_20261204 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261204_seq_idx ON public.log_lines_20261204 USING btree (seq);

CREATE INDEX log_lines_20261205_at_seq_idx ON public.log_lines_20261205 USING btree (at, seq);

CREATE INDEX log_lines_20261205_ids_idx ON public.log_lines_20261205 USING gin (ids);

CREATE INDEX log_lines_20261205_level_at_idx ON public.log_lines_20261205 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261205_seq_idx ON public.log_lines_20261205 USING btree (seq);

CREATE INDEX log_lines_20261206_at_seq_idx ON public.log_lines_20261206 USING btree (at, seq);

CREATE INDEX log_lines_20261206_ids_idx ON public.log_lines_20261206 USING gin (ids);

CREATE INDEX log_lines_20261206_level_at_idx ON public.log_lines_20261206 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261206_seq_idx ON public.log_lines_20261206 USING btree (seq);

CREATE INDEX log_lines_20261207_at_seq_idx ON public.log_lines_20261207 USING btree (at, seq);

CREATE INDEX log_lines_20261207_ids_idx ON public.log_lines_20261207 USING gin (ids);

CREATE INDEX log_lines_20261207_level_at_idx ON public.log_lines_20261207 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261207_seq_idx ON public.log_lines_20261207 USING btree (seq);

CREATE INDEX log_lines_20261208_at_seq_idx ON public.log_lines_20261208 USING btree (at, seq);

CREATE INDEX log_lines_20261208_ids_idx ON public.log_lines_20261208 USING gin (ids);

CREATE INDEX log_lines_20261208_level_at_idx ON public.log_lines_20261208 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261208_seq_idx ON public.log_lines_20261208 USING btree (seq);

CREATE INDEX log_lines_20261209_at_seq_idx ON public.log_lines_20261209 USING btree (at, seq);

CREATE INDEX log_lines_20261209_ids_idx ON public.log_lines_20261209 USING gin (ids);

CREATE INDEX log_lines_20261209_level_at_idx ON public.log_lines_20261209 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261209_seq_idx ON public.log_lines_20261209 USING btree (seq);

CREATE INDEX log_lines_20261210_at_seq_idx ON public.log_lines_20261210 USING btree (at, seq);

CREATE INDEX log_lines_20261210_ids_idx ON public.log_lines_20261210 USING gin (ids);

CREATE INDEX log_lines_20261210_level_at_idx ON public.log_lines_20261210 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261210_seq_idx ON public.log_lines_20261210 USING btree (seq);

CREATE INDEX log_lines_20261211_at_seq_idx ON public.log_lines_20261211 USING btree (at, seq);

CREATE INDEX log_lines_20261211_ids_idx ON public.log_lines_20261211 USING gin (ids);

CREATE INDEX log_lines_20261211_level_at_idx ON public.log_lines_20261211 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261211_seq_idx ON public.log_lines_20261211 USING btree (seq);

CREATE INDEX log_lines_20261212_at_seq_idx ON public.log_lines_20261212 USING btree (at, seq);

CREATE INDEX log_lines_20261212_ids_idx ON public.log_lines_20261212 USING gin (ids);

CREATE INDEX log_lines_20261212_level_at_idx ON public.log_lines_20261212 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261212_seq_idx ON public.log_lines_20261212 USING btree (seq);

CREATE INDEX log_lines_20261213_at_seq_idx ON public.log_lines_20261213 USING btree (at, seq);

CREATE INDEX log_lines_20261213_ids_idx ON public.log_lines_20261213 USING gin (ids);

CREATE INDEX log_lines_20261213_level_at_idx ON public.log_lines_20261213 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261213_seq_idx ON public.log_lines_20261213 USING btree (seq);

CREATE INDEX log_lines_20261214_at_seq_idx ON public.log_lines_20261214 USING btree (at, seq);

CREATE INDEX log_lines_20261214_ids_idx ON public.log_lines_20261214 USING gin (ids);

CREATE INDEX log_lines_20261214_level_at_idx ON public.log_lines_20261214 USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_20261214_seq_idx ON public.log_lines_20261214 USING btree (seq);

CREATE INDEX log_lines_default_at_seq_idx ON public.log_lines_default USING btree (at, seq);

CREATE INDEX log_lines_default_ids_idx ON public.log_lines_default USING gin (ids);

CREATE INDEX log_lines_default_level_at_idx ON public.log_lines_default USING btree (level, at) WHERE (level >= 3);

CREATE INDEX log_lines_default_seq_idx ON public.log_lines_default USING btree (seq);

CREATE UNIQUE INDEX mailboxes_by_address ON public.mailboxes USING btree (address) WHERE (deleted_at IS NULL);

CREATE INDEX mails_due ON public.mails USING btree (priority, next_attempt_at, id) INCLUDE (domain, sender) WHERE (state = 'queued'::text);

CREATE INDEX mails_for_server ON public.mails USING btree (next_attempt_at, id) INCLUDE (sender) WHERE ((state = 'queued'::text) AND for_server);

CREATE INDEX mails_going_out ON public.mails USING btree (worker) INCLUDE (domain, started_at) WHERE (state = 'sending'::text);

CREATE INDEX mails_not_sent ON public.mails USING btree (domain, id) WHERE (state = ANY (ARRAY['queued'::text, 'sending'::text, 'failed'::text, 'held'::text]));

CREATE INDEX mails_of_account ON public.mails USING btree (recipient_id, id) WHERE (recipient_id IS NOT NULL);

CREATE INDEX mails_of_recipient ON public.mails USING btree (recipient, created_at) WHERE (ticket_id IS NULL);

CREATE INDEX mails_of_ticket ON public.mails USING btree (ticket_id);

CREATE INDEX notices_by_age ON public.notices USING btree (created_at);

CREATE INDEX notifications_burst ON public.notifications USING btree (ticket_id, recipient_id) WHERE ((channel = 'email'::text) AND (state = ANY (ARRAY['told'::text, 'waiting'::text])));

CREATE INDEX notifications_by_age ON public.notifications USING btree (created_at);

CREATE INDEX notifications_due ON public.notifications USING btree (due_at) WHERE (state = 'waiting'::text);

CREATE INDEX notifications_in_order ON public.notifications USING btree (xid, seq);

CREATE INDEX notifications_of_mail ON public.notifications USING btree (mail_id) WHERE (mail_id IS NOT NULL);

CREATE INDEX notifications_of_person ON public.notifications USING btree (recipient_id, seq) WHERE ((channel = 'in_app'::text) AND (state = 'told'::text) AND (deleted_at IS NULL));

CREATE INDEX notifications_of_ticket ON public.notifications USING btree (ticket_id, seq);

CREATE INDEX notifications_to_push ON public.notifications USING btree (created_at) WHERE ((channel = 'push'::text) AND (state = 'told'::text) AND (pushed_at IS NULL));

CREATE INDEX notifications_unread ON public.notifications USING btree (recipient_id) WHERE ((channel = 'in_app'::text) AND (state = 'told'::text) AND (deleted_at IS NULL) AND (read_at IS NULL));

CREATE INDEX outbox_in_commit_order ON ONLY public.outbox USING btree (xid, id);

CREATE INDEX outbox_default_xid_id_idx ON public.outbox_default USING btree (xid, id);

CREATE INDEX program_instances_by_program ON public.program_instances USING btree (program, seen_at);

CREATE INDEX push_deliveries_by_age ON public.push_deliveries USING btree (created_at);

CREATE INDEX push_deliveries_due ON public.push_deliveries USING btree (due_at) WHERE (state = 'waiting'::text);

CREATE INDEX push_deliveries_sending ON public.push_deliveries USING btree (worker) WHERE (state = 'sending'::text);

CREATE INDEX schedules_of_owner ON public.schedules USING btree (owner_id) WHERE (deleted_at IS NULL);

CREATE INDEX search_words_alike ON public.search_words USING gin (word public.gin_trgm_ops);

CREATE INDEX sessions_by_expires_at ON public.sessions USING btree (expires_at);

CREATE INDEX sessions_by_revoked_at ON public.sessions USING btree (revoked_at) WHERE (revoked_at IS NOT NULL);

CREATE INDEX sessions_by_revoked_xid ON public.sessions USING btree (revoked_xid) WHERE (revoked_xid IS NOT NULL);

CREATE INDEX sessions_of_account ON public.sessions USING btree (account_id);

CREATE INDEX sign_in_failures_by_age ON public.sign_in_failures USING btree (failed_at);

CREATE UNIQUE INDEX sla_policies_by_name ON public.sla_policies USING btree (lower(name)) WHERE (deleted_at IS NULL);

CREATE INDEX spent_states_by_age ON public.spent_states USING btree (spent_at);

CREATE INDEX spent_tokens_by_age ON public.spent_tokens USING brin (spent_at);

CREATE INDEX spent_tokens_of_session ON public.spent_tokens USING btree (session_id);

CREATE INDEX suspects_by_age ON public.suspects USING btree (started_at);

CREATE INDEX text_versions_of ON public.text_versions USING btree (name, language, version);

CREATE INDEX ticket_attachments_of_ticket ON public.ticket_attachments USING btree (ticket_id, created_at);

CREATE INDEX ticket_comment_edits_of_comment ON public.ticket_comment_edits USING btree (comment_id, id);

CREATE INDEX ticket_comments_of_author ON public.ticket_comments USING btree (author_id, id);

CREATE INDEX ticket_history_of_ticket ON public.ticket_history USING btree (ticket_id, version, id);

CREATE INDEX ticket_links_of_other ON public.ticket_links USING btree (other_id);

CREATE INDEX ticket_search_internal ON public.ticket_search USING gin (public.search_keys(internal_words, created_at)) WITH (gin_pending_list_limit='128') WHERE (internal_words <> ''::tsvector);

CREATE INDEX ticket_search_public ON public.ticket_search USING gin (public.search_keys(public_words, created_at)) WITH (gin_pending_list_limit='128');

CREATE INDEX ticket_search_unfolded ON public.ticket_search USING btree (ticket_id) WHERE (NOT is_folded);

CREATE INDEX ticket_spans_of_ticket ON public.ticket_spans USING btree (ticket_id, id);

CREATE INDEX tickets_alive ON public.tickets USING btree (id) WHERE ((status <> 'closed'::text) AND (merged_into IS NULL) AND (deleted_at IS NULL));

CREATE INDEX tickets_by_age ON public.tickets USING btree (created_at DESC, id DESC);

CREATE INDEX tickets_by_category ON public.tickets USING btree (category, created_at DESC, id DESC) WHERE ((deleted_at IS NULL) AND (category <> ''::text));

CREATE INDEX tickets_by_change ON public.tickets USING btree (changed_in);

CREATE INDEX tickets_by_due ON public.tickets USING btree (COALESCE(due_at, '9999-12-31 00:00:00+00'::timestamp with time zone), id);

CREATE INDEX tickets_by_due_last ON public.tickets USING btree (COALESCE(due_at, '1970-01-01 00:00:00+00'::timestamp with time zone), id);

CREATE INDEX tickets_by_number ON public.tickets USING btree (length(number), number);

CREATE INDEX tickets_by_rank ON public.tickets USING btree (array_position('{low,medium,high,urgent}'::text[], priority), created_at, id);

CREATE INDEX tickets_by_sla ON public.tickets USING btree (sla_state, created_at DESC, id DESC) WHERE ((sla_state <> 'met'::text) AND (deleted_at IS NULL));

CREATE INDEX tickets_by_sla_due ON public.tickets USING btree (COALESCE(sla_due_at, '9999-12-31 00:00:00+00'::timestamp with time zone), id);

CREATE INDEX tickets_by_sla_due_last ON public.tickets USING btree (COALESCE(sla_due_at, '1970-01-01 00:00:00+00'::timestamp with time zone), id);

CREATE INDEX tickets_by_state ON public.tickets USING btree (array_position('{open,in_progress,waiting_user,resolved,closed}'::text[], status), created_at, id);

CREATE INDEX tickets_by_tag ON public.tickets USING gin (tags) WITH (gin_pending_list_limit='1024') WHERE (tags <> '{}'::text[]);

CREATE INDEX tickets_merged_into ON public.tickets USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX tickets_of_assignee ON public.tickets USING btree (assignee_id, created_at DESC, id DESC) WHERE (assignee_id IS NOT NULL);

CREATE INDEX tickets_of_owner ON public.tickets USING btree (owner_id, created_at DESC, id DESC);

CREATE INDEX tickets_overdue ON public.tickets USING btree (due_at) WHERE ((status <> ALL (ARRAY['resolved'::text, 'closed'::text])) AND (deleted_at IS NULL));

CREATE INDEX tickets_resolved ON public.tickets USING btree (resolved_at DESC) WHERE ((resolved_at IS NOT NULL) AND (deleted_at IS NULL));

CREATE INDEX timers_due ON public.timers USING btree (rank, due_at);

CREATE INDEX webhook_deliveries_by_age ON public.webhook_deliveries USING btree (created_at);

CREATE INDEX webhook_deliveries_due ON public.webhook_deliveries USING btree (webhook_id, due_at, seq) WHERE (state = 'waiting'::text);

CREATE INDEX webhook_deliveries_expiring ON public.webhook_deliveries USING btree (expires_at) WHERE (state = 'waiting'::text);

CREATE INDEX webhook_deliveries_of_event ON public.webhook_deliveries USING btree (event_id);

CREATE INDEX webhook_deliveries_of_ticket ON public.webhook_deliveries USING btree (webhook_id, ticket_id, seq) WHERE (state = ANY (ARRAY['waiting'::text, 'sending'::text]));

CREATE INDEX webhook_deliveries_of_webhook ON public.webhook_deliveries USING btree (webhook_id, seq);

CREATE INDEX webhook_deliveries_sending ON public.webhook_deliveries USING btree (webhook_id) WHERE (state = 'sending'::text);

ALTER INDEX public.event_inbox_pkey ATTACH PARTITION public.event_inbox_default_pkey;

ALTER INDEX public.inbox_pkey ATTACH PARTITION public.inbox_default_pkey;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261129_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261129_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261129_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261129_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261130_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261130_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261130_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261130_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261201_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261201_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261201_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261201_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261202_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261202_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261202_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261202_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261203_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261203_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261203_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261203_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261204_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261204_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261204_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261204_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261205_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261205_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261205_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261205_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261206_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261206_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261206_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261206_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261207_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261207_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261207_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261207_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261208_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261208_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261208_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261208_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261209_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261209_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261209_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261209_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261210_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261210_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261210_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261210_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261211_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261211_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261211_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261211_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261212_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261212_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261212_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261212_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261213_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261213_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261213_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261213_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_20261214_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_20261214_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_20261214_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_20261214_seq_idx;

ALTER INDEX public.log_lines_in_order ATTACH PARTITION public.log_lines_default_at_seq_idx;

ALTER INDEX public.log_lines_of_id ATTACH PARTITION public.log_lines_default_ids_idx;

ALTER INDEX public.log_lines_by_level ATTACH PARTITION public.log_lines_default_level_at_idx;

ALTER INDEX public.log_lines_by_seq ATTACH PARTITION public.log_lines_default_seq_idx;

ALTER INDEX public.outbox_pkey ATTACH PARTITION public.outbox_default_pkey;

ALTER INDEX public.outbox_in_commit_order ATTACH PARTITION public.outbox_default_xid_id_idx;

CREATE TRIGGER account_ends AFTER UPDATE ON public.accounts FOR EACH ROW WHEN (((old.role IS DISTINCT FROM new.role) OR (old.active IS DISTINCT FROM new.active))) EXECUTE FUNCTION public.account_ends();

CREATE TRIGGER account_epoch_moves BEFORE UPDATE ON public.accounts FOR EACH ROW WHEN (((old.epoch IS DISTINCT FROM new.epoch) OR (old.role IS DISTINCT FROM new.role) OR (old.active IS DISTINCT FROM new.active))) EXECUTE FUNCTION public.account_epoch_moves();

CREATE TRIGGER account_is_freed BEFORE UPDATE ON public.accounts FOR EACH ROW WHEN (((old.deleted_at IS NULL) AND (new.deleted_at IS NOT NULL))) EXECUTE FUNCTION public.account_is_freed();

CREATE TRIGGER account_is_unlocked AFTER UPDATE ON public.accounts FOR EACH ROW WHEN ((old.unlocked_at IS DISTINCT FROM new.unlocked_at)) EXECUTE FUNCTION public.account_is_unlocked();

CREATE TRIGGER account_unproven AFTER INSERT ON public.accounts FOR EACH ROW WHEN (new.email_unproven) EXECUTE FUNCTION public.account_unproven();

CREATE TRIGGER account_words BEFORE INSERT OR UPDATE OF first_name, last_name, email, department ON public.accounts FOR EACH ROW EXECUTE FUNCTION public.account_words();

CREATE TRIGGER outbox_names_its_actors AFTER INSERT ON public.outbox REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION public.outbox_names_its_actors();

CREATE TRIGGER session_is_revoked BEFORE UPDATE OF revoked_at ON public.sessions FOR EACH ROW WHEN ((old.revoked_at IS DISTINCT FROM new.revoked_at)) EXECUTE FUNCTION public.session_is_revoked();

ALTER TABLE ONLY public.account_tokens
    ADD CONSTRAINT account_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT api_tokens_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.accounts(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.calendar_versions
    ADD CONSTRAINT calendar_versions_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES public.calendars(id);

ALTER TABLE ONLY public.credentials
    ADD CONSTRAINT credentials_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.email_changes
    ADD CONSTRAINT email_changes_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_comment_id_fkey FOREIGN KEY (comment_id) REFERENCES public.ticket_comments(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.files
    ADD CONSTRAINT files_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.inbound_texts
    ADD CONSTRAINT inbound_texts_inbound_id_fkey FOREIGN KEY (inbound_id) REFERENCES public.inbound_mails(id);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.notices
    ADD CONSTRAINT notices_sender_id_fkey FOREIGN KEY (sender_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_recipient_id_fkey FOREIGN KEY (recipient_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.notifications
    ADD CONSTRAINT notifications_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.program_settings
    ADD CONSTRAINT program_settings_instance_fkey FOREIGN KEY (instance) REFERENCES public.program_instances(instance) ON DELETE CASCADE;

ALTER TABLE ONLY public.push_deliveries
    ADD CONSTRAINT push_deliveries_notification_id_fkey FOREIGN KEY (notification_id) REFERENCES public.notifications(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.recovery_codes
    ADD CONSTRAINT recovery_codes_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.schedules
    ADD CONSTRAINT schedules_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.sla_policies
    ADD CONSTRAINT sla_policies_calendar_id_fkey FOREIGN KEY (calendar_id) REFERENCES public.calendars(id);

ALTER TABLE ONLY public.sla_policy_versions
    ADD CONSTRAINT sla_policy_versions_policy_id_fkey FOREIGN KEY (policy_id) REFERENCES public.sla_policies(id);

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

ALTER TABLE ONLY public.ticket_spans
    ADD CONSTRAINT ticket_spans_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.tickets(id);

ALTER TABLE ONLY public.tickets
    ADD CONSTRAINT tickets_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.totp_factors
    ADD CONSTRAINT totp_factors_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_circuits
    ADD CONSTRAINT webhook_circuits_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhooks(id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhooks(id);

CREATE POLICY account_asks ON public.outbox FOR INSERT TO guichet_account WITH CHECK (((exchange = 'guichet.commands'::text) AND (((type = ANY (ARRAY['account.hand_over'::text, 'account.erase_rest'::text])) AND (routing_key = 'cmd.account'::text)) OR ((type = 'ticket.hand_over'::text) AND (routing_key ~~ 'cmd.ticket._'::text))) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY account_tells ON public.outbox FOR INSERT TO guichet_account WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((type ~~ 'profile.%'::text) OR (type ~~ 'notice.%'::text) OR (type = 'command.refused'::text) OR (type = ANY (ARRAY['user.role_changed'::text, 'user.enabled'::text, 'user.disabled'::text, 'user.unlocked'::text, 'user.deleted'::text, 'user.erased'::text])))));

CREATE POLICY ctl_imports ON public.outbox FOR INSERT TO guichet_ctl WITH CHECK (((exchange = 'guichet.commands'::text) AND (type = 'calendar.update'::text) AND (routing_key = 'cmd.desk'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY ctl_tells ON public.outbox FOR INSERT TO guichet_ctl WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((headers ->> 'actor'::text) IS NULL) AND ((type ~~ 'user.%'::text) OR (type ~~ 'audit.%'::text) OR (type = ANY (ARRAY['file.released'::text, 'file.removed'::text])))));

CREATE POLICY desk_tells ON public.outbox FOR INSERT TO guichet_desk WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((type ~~ 'calendar.%'::text) OR (type ~~ 'policy.%'::text) OR (type ~~ 'schedule.%'::text) OR (type ~~ 'template.%'::text) OR (type ~~ 'webhook.%'::text) OR (type ~~ 'mailbox.%'::text) OR (type = 'command.refused'::text))));

CREATE POLICY ingress_tells ON public.outbox FOR INSERT TO guichet_ingress WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND (type ~~ 'user.%'::text) AND (type <> ALL (ARRAY['user.role_changed'::text, 'user.enabled'::text, 'user.disabled'::text])) AND ((headers ->> 'actor'::text) IS NOT NULL) AND ((headers ->> 'actor'::text) = ((body)::jsonb ->> 'accountId'::text))));

CREATE POLICY ingress_warns ON public.outbox FOR INSERT TO guichet_ingress WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((type ~~ 'security.%'::text) OR ((type = ANY (ARRAY['audit.noted'::text, 'audit.exported'::text])) AND ((headers ->> 'actor'::text) IS NOT NULL))) AND (((headers ->> 'actor'::text) IS NULL) OR ((headers ->> 'actor'::text) = ((body)::jsonb ->> 'accountId'::text)))));

CREATE POLICY intake_asks ON public.outbox FOR INSERT TO guichet_intake WITH CHECK (((exchange = 'guichet.commands'::text) AND (routing_key ~~ 'cmd.ticket._'::text) AND ((type = 'ticket.receive'::text) OR ((type = 'ticket.note'::text) AND ((headers ->> 'actor'::text) IS NULL)) OR ((type = ANY (ARRAY['ticket.open'::text, 'file.upload'::text, 'ticket.assign'::text, 'ticket.update'::text, 'ticket.set_status'::text, 'ticket.close'::text, 'ticket.watch'::text])) AND ((headers ->> 'actor'::text) IS NOT NULL)))));

CREATE POLICY intake_tells ON public.outbox FOR INSERT TO guichet_intake WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND (type = 'user.registered'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY mail_asks ON public.outbox FOR INSERT TO guichet_mail WITH CHECK (((exchange = 'guichet.commands'::text) AND (type = 'ticket.note'::text) AND (routing_key ~~ 'cmd.ticket._'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY mail_is_taken ON public.outbox FOR INSERT TO guichet_ingress, guichet_mail_ingress, guichet_fetch, guichet_ctl WITH CHECK (((exchange = 'guichet.work'::text) AND (type = 'mail.received'::text) AND (routing_key = 'work.intake'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY monitor_tells ON public.outbox FOR INSERT TO guichet_monitor WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND (type = ANY (ARRAY['alert.fired'::text, 'alert.resolved'::text])) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY notify_asks ON public.outbox FOR INSERT TO guichet_notify WITH CHECK (((exchange = 'guichet.work'::text) AND (type ~~ 'mail.%'::text) AND (routing_key ~~ 'work.mail.%'::text) AND ((headers ->> 'actor'::text) IS NULL)));

ALTER TABLE public.outbox ENABLE ROW LEVEL SECURITY;

CREATE POLICY outbox_is_read ON public.outbox FOR SELECT TO guichet_relay, guichet_ctl USING (true);

CREATE POLICY scan_asks ON public.outbox FOR INSERT TO guichet_scan WITH CHECK (((exchange = 'guichet.commands'::text) AND (type = 'file.refuse'::text) AND (routing_key ~~ 'cmd.ticket._'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY scan_tells ON public.outbox FOR INSERT TO guichet_scan WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND (type = ANY (ARRAY['file.scanned'::text, 'file.infected'::text])) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY ticket_asks ON public.outbox FOR INSERT TO guichet_ticket WITH CHECK (((exchange = 'guichet.commands'::text) AND (type = ANY (ARRAY['ticket.create'::text, 'ticket.absorb'::text])) AND (routing_key ~~ 'cmd.ticket._'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY ticket_hands_on ON public.outbox FOR INSERT TO guichet_ticket WITH CHECK (((exchange = 'guichet.work'::text) AND (type = 'file.scan'::text) AND (routing_key = 'work.scan'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY ticket_tells ON public.outbox FOR INSERT TO guichet_ticket WITH CHECK (((exchange = 'guichet.events'::text) AND (routing_key = type) AND ((type ~~ 'ticket.%'::text) OR (type ~~ 'file.%'::text) OR (type = 'command.refused'::text))));

CREATE POLICY timer_asks ON public.outbox FOR INSERT TO guichet_timer WITH CHECK (((exchange = 'guichet.commands'::text) AND (type = ANY (ARRAY['ticket.tick'::text, 'ticket.recompute'::text, 'ticket.create'::text])) AND (routing_key ~~ 'cmd.ticket._'::text) AND ((headers ->> 'actor'::text) IS NULL)));

CREATE POLICY webhook_asks ON public.outbox FOR INSERT TO guichet_webhook WITH CHECK (((exchange = 'guichet.commands'::text) AND (((type = 'webhook.stop'::text) AND (routing_key = 'cmd.desk'::text)) OR ((type = 'account.push_expire'::text) AND (routing_key = 'cmd.account'::text))) AND ((headers ->> 'actor'::text) IS NULL)));
