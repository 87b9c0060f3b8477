-- grants.sql - what each program's role may do: just its tables, of each just the columns it writes, and of the
-- outbox just the rows that are its own to send. Run by the owner after every migration, any number of times; the
-- roles themselves are made by a superuser (roles.sql).
do $$
declare
	program record;
begin
	for program in select rolname from pg_roles where rolname like 'guichet\_%' loop
		execute format('grant connect on database %I to %I', current_database(), program.rolname);
		execute format('revoke all on all tables in schema public from %I', program.rolname);
	end loop;
	if not exists (select from pg_roles where rolname = 'guichet_ctl') then
		raise exception 'the roles of the programs are missing: a superuser makes them with guichetctl roles';
	end if;
end $$;
revoke create on schema public from public;
revoke all on all tables in schema public from public;

-- Every program: to see whether the schema fits.
grant execute on function schema_version() to public;
-- Whoever starts makes the days to come; migrate does, at the end of this file.
grant execute on function partitions_make() to guichet_ticket, guichet_account, guichet_relay, guichet_audit,
	guichet_notify, guichet_undertaker;

-- --- ingress: credentials and sessions, each with the event that tells of it; no word about who may what ---------
grant select on tickets, ticket_comments, ticket_comment_edits, ticket_history, ticket_counters, ticket_categories, ticket_links, ticket_attachments,
	ticket_search, search_words, inbox, inbox_keyed, audit_log, audit_segments, dependencies, accounts, credentials, sessions, spent_tokens
	to guichet_ingress;
grant insert (id, email, first_name, last_name, language), update (epoch, last_login_at) on accounts to guichet_ingress;
grant insert (account_id, password_hash) on credentials to guichet_ingress;
grant insert (id, account_id, refresh_hash, expires_at, epoch), update (refresh_hash, expires_at, revoked_at, logged_out_at)
	on sessions to guichet_ingress;
grant insert (refresh_hash, session_id) on spent_tokens to guichet_ingress;
grant insert on outbox to guichet_ingress;
-- Of the outbox only the events (sql/functions/events_behind.sql).
grant execute on function events_behind(xid8, bigint, xid8, date, bigint, boolean) to guichet_ingress;
grant execute on function events_after(xid8, bigint, xid8, date, bigint, boolean) to guichet_ingress; -- of the version before
-- What administrators alone may have done, each of which looks itself who asks.
grant execute on function audit_failures(bigint, bigint), audit_event_replay(uuid, uuid, uuid, text, text, text), tokens_purge(uuid)
	to guichet_ingress;

-- --- ticket: the only writer of tickets -----------------------------------------------------------------------
grant select, insert, update on tickets to guichet_ticket;
grant select, insert, update (content, edited_at, split_into) on ticket_comments to guichet_ticket;
grant select, insert, update (n) on ticket_counters to guichet_ticket;
grant select, insert, update (created_at, is_folded, public_words, internal_words) on ticket_search to guichet_ticket;
grant select, insert on ticket_history, ticket_categories, ticket_comment_edits to guichet_ticket;
grant select, insert, delete on ticket_links to guichet_ticket;
grant select (id, email, role, active, first_name, last_name, language) on accounts to guichet_ticket;
grant insert on outbox to guichet_ticket;
grant usage on sequence ticket_number_seq to guichet_ticket;

-- --- account: what people say about themselves, and no other column of an account -----------------------------
grant select (id, email, role, active, first_name, last_name, language, phone, department, job_title, timezone, theme,
	version, bio) on accounts to guichet_account;
grant update (first_name, last_name, language, phone, department, job_title, timezone, theme, version, bio, updated_at)
	on accounts to guichet_account;
grant insert on outbox to guichet_account;

-- --- both lanes: what a command came to -----------------------------------------------------------------------
grant select, insert, update (state, status, code, subject_id, version, problem, fp, finished_at) on inbox, inbox_keyed
	to guichet_ticket, guichet_account;
grant select, insert, update (starts, started_at), delete on suspects to guichet_ticket, guichet_account;

-- --- relay ----------------------------------------------------------------------------------------------------
grant select on outbox to guichet_relay;
grant select, update (xid, id, cluster, moved_at) on relay_cursor to guichet_relay;
grant execute on function partitions_maintain(), upkeep_drop(text), upkeep_sweep(), upkeep_words() to guichet_relay; -- the first: of the version before

-- --- consumers ------------------------------------------------------------------------------------------------
grant select, insert on audit_log, event_inbox to guichet_audit;

grant select (id, email, role, active, first_name, last_name, language, timezone) on accounts to guichet_notify;
grant select on tickets, ticket_history to guichet_notify;
grant select (id, ticket_id, is_internal, content) on ticket_comments to guichet_notify;
grant select, insert on event_inbox to guichet_notify;
grant insert (id, priority, template, language, recipient, recipient_id, ticket_id, event_id, fields) on mails to guichet_notify;
grant insert on outbox to guichet_notify;

grant select, update (state, attempts, next_attempt_at, first_refused_at, started_at, worker, sent_at, last_reply) on mails to guichet_mail;
grant insert on outbox to guichet_mail;
grant select, insert, update (is_up, said, since) on dependencies to guichet_mail;

-- Whoever consumes may put aside a message that cannot be applied, and say so again; what it was stays.
grant select (id, reason), insert, update (state, died_at, reason) on dead_letters to guichet_ticket, guichet_account, guichet_relay,
	guichet_audit, guichet_notify, guichet_mail, guichet_undertaker;

-- --- ctl: an operator looks at everything but secrets ---------------------------------------------------------
grant select on all tables in schema public to guichet_ctl;
revoke select on credentials, sessions, spent_tokens from guichet_ctl;
grant select (account_id, changed_at) on credentials to guichet_ctl;
grant select (id, account_id, created_at, expires_at, revoked_at, epoch, logged_out_at) on sessions to guichet_ctl;
grant insert (id, email, role, first_name, last_name, language), update (role, active, epoch, updated_at) on accounts to guichet_ctl;
grant insert (account_id, password_hash), update (password_hash, changed_at) on credentials to guichet_ctl;
grant update (revoked_at) on sessions to guichet_ctl;
grant update (state, replays, replayed_at) on dead_letters to guichet_ctl;
grant insert on outbox to guichet_ctl;
grant execute on function audit_prune(timestamptz, uuid), audit_prune_slice(integer), audit_erase_slice(uuid, bigint, integer) to guichet_ctl;

select partitions_make();

-- --- the outbox: who may say what -----------------------------------------------------------------------------
-- The relay publishes whatever stands there, so what a row claims is decided here: where it goes, of what type, and
-- in whose name. A command without an actor counts as the desk's own; only three programs send such, of a few types.
-- What stands from here on to the end needs the outbox for itself, for a moment.
alter table outbox enable row level security;
drop policy if exists ingress_tells on outbox;
drop policy if exists ingress_warns on outbox;
drop policy if exists ticket_tells on outbox;
drop policy if exists ticket_asks on outbox;
drop policy if exists account_tells on outbox;
drop policy if exists notify_asks on outbox;
drop policy if exists mail_asks on outbox;
drop policy if exists ctl_tells on outbox;
drop policy if exists ctl_replays on outbox;
drop policy if exists outbox_is_read on outbox;

create policy outbox_is_read on outbox for select to guichet_relay, guichet_ctl using (true);

-- Events go by the name of their object, the word before the dot: a new event of an object that a program tells of already
-- needs no line here.

-- A person speaks for himself, when he signs in or out and the like. What an administrator does to him is guichetctl's to
-- tell.
create policy ingress_tells on outbox for insert to guichet_ingress with check (
	exchange = 'guichet.events' and routing_key = type and type like 'user.%'
	and type not in ('user.role_changed', 'user.enabled', 'user.disabled')
	and headers ->> 'actor' is not null and headers ->> 'actor' = body::jsonb ->> 'accountId');

-- What was refused to somebody is told in nobody's name, or in that of who asked.
create policy ingress_warns on outbox for insert to guichet_ingress with check (
	exchange = 'guichet.events' and routing_key = type and (type like 'security.%' or (type in ('audit.noted', 'audit.exported') and headers ->> 'actor' is not null))
	and (headers ->> 'actor' is null or headers ->> 'actor' = body::jsonb ->> 'accountId'));

-- In the name of the one whose command it was: outbox_names_its_actors() looks, once for a statement.
create policy ticket_tells on outbox for insert to guichet_ticket with check (
	exchange = 'guichet.events' and routing_key = type and (type like 'ticket.%' or type = 'command.refused'));
create policy account_tells on outbox for insert to guichet_account with check (
	exchange = 'guichet.events' and routing_key = type and (type like 'profile.%' or type = 'command.refused'));

create policy ticket_asks on outbox for insert to guichet_ticket with check (
	exchange = 'guichet.commands' and type in ('ticket.create', 'ticket.absorb') and routing_key like 'cmd.ticket._'
	and headers ->> 'actor' is null);
create policy mail_asks on outbox for insert to guichet_mail with check (
	exchange = 'guichet.commands' and type = 'ticket.note' and routing_key like 'cmd.ticket._'
	and headers ->> 'actor' is null);
create policy notify_asks on outbox for insert to guichet_notify with check (
	exchange = 'guichet.work' and type like 'mail.%' and routing_key like 'work.mail.%' and headers ->> 'actor' is null);

-- What an operator does himself is told; a dead letter goes out again as it was written down.
create policy ctl_tells on outbox for insert to guichet_ctl with check (
	exchange = 'guichet.events' and routing_key = type and headers ->> 'actor' is null
	and (type like 'user.%' or type like 'dead.%' or type like 'audit.%'));
create policy ctl_replays on outbox for insert to guichet_ctl with check (
	exists (select from dead_letters d where d.command_id = (outbox.headers ->> 'message_id')::uuid
		and d.type = outbox.type and d.headers = outbox.headers and d.body = outbox.body));
