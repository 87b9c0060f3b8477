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
grant execute on function instance_seen(text, uuid, jsonb, jsonb), instance_gone(uuid) to public;
-- Whoever starts makes the days to come; migrate does, at the end of this file.
grant execute on function partitions_make() to guichet_ticket, guichet_account, guichet_desk, guichet_relay, guichet_audit,
	guichet_notify, guichet_webhook, guichet_undertaker;

-- --- ingress: credentials and sessions, each with the event that tells of it; no word about who may what ---------
grant select on ticket_spans, files, file_access_logs, tickets, ticket_comments, ticket_comment_edits, ticket_history, ticket_counters, ticket_categories, ticket_links, ticket_attachments,
	calendars, calendar_versions, sla_policies, sla_policy_versions, schedules, timers, texts, text_versions,
	ticket_search, search_words, inbox, inbox_keyed, audit_log, audit_segments, dependencies, notifications, notices, webhooks, webhook_deliveries, webhook_circuits, accounts, credentials, sessions, spent_tokens,
	mailboxes, inbound_mails, inbound_texts to guichet_ingress;
grant select (id, state) on mails to guichet_ingress;
grant insert (id, email, first_name, last_name, language, email_unproven), update (epoch, last_login_at) on accounts to guichet_ingress; -- last_login_at: of the version before
grant insert (account_id, password_hash) on credentials to guichet_ingress;
grant insert (id, account_id, refresh_hash, expires_at, ends_at, epoch, method, origin),
	update (refresh_hash, expires_at, used_at, revoked_at, logged_out_at) on sessions to guichet_ingress;
grant select on sign_in_failures to guichet_ingress;
grant select (account_id, issuer) on identities to guichet_ingress;
grant execute on function sign_in_failed(text, integer, uuid, uuid, integer, text, text, text),
	account_link_ask(text, text, uuid, uuid, integer, text, text, text), account_verify_ask(uuid, uuid, integer),
	account_email_ask(uuid, text, text, uuid, uuid, integer), account_link_look(bytea),
	account_link_use(bytea, text, uuid, text, text, text),
	account_password_change(uuid, uuid, text, text, uuid, text, text, text) to guichet_ingress;
-- Second factors: secrets are sealed, and what the key opens is no other program's.
grant select on totp_factors to guichet_ingress;
grant select (account_id, used_at) on recovery_codes to guichet_ingress;
grant execute on function sign_in_opens(uuid, integer, text, text, bigint, bytea), totp_enrol(uuid, text, bytea),
	totp_confirm(uuid, bytea, bigint, jsonb, uuid, uuid, integer, text, text, text),
	totp_disable(uuid, text, bigint, bytea, uuid, uuid, integer, text, text, text),
	totp_recover(uuid, text, bigint, bytea, jsonb, uuid, text, text, text),
	totp_remove(uuid, uuid, uuid, uuid, integer, text, text, text) to guichet_ingress;
-- Tokens of programs, and the accounts of those that are nobody's.
grant select on api_tokens to guichet_ingress;
grant execute on function api_tokens_used(jsonb), api_token_make(uuid, uuid, uuid, text, bytea, jsonb, text, uuid, text, text, text),
	api_token_end(uuid, uuid, uuid, text, text, text), service_make(uuid, uuid, text, uuid, text, text, text) to guichet_ingress;
-- It draws the tokens of links, and keeps what they are known by.
grant execute on function account_token_keep(uuid, bytea) to guichet_mail;
grant insert (refresh_hash, session_id) on spent_tokens to guichet_ingress;
grant insert on outbox to guichet_ingress;
grant insert on file_access_logs, file_link_uses to guichet_ingress;
-- Of the outbox only the events (sql/functions/events_behind.sql).
grant execute on function events_behind(xid8, bigint, xid8, date, bigint, boolean) to guichet_ingress;
grant execute on function events_after(xid8, bigint, xid8, date, bigint, boolean) to guichet_ingress; -- of the version before
-- What administrators alone may have done, each of which looks itself who asks.
grant execute on function audit_failures(bigint, bigint), audit_event_replay(uuid, uuid, uuid, text, text, text), tokens_purge(uuid), files_cleanup(uuid, bigint, bigint),
	mail_manage(uuid, uuid, text, jsonb, text, text, text), mail_suppress(uuid, uuid, text, text, text, text, text),
	inbound_manage(uuid, uuid, text, uuid, boolean, text, text, text), operator_pause(uuid, uuid, text, text, timestamptz, text, text, text),
	operator_log_level(uuid, uuid, text, text, timestamptz, text[], text, text, text), operator_backup(uuid, uuid, uuid, text, text, text),
	operator_cache(uuid, uuid, text, text, text, text), alert_ack(uuid, uuid, uuid, text, text, text),
	log_take(uuid, integer, text, jsonb)
	to guichet_ingress;
grant execute on function person_create(uuid, jsonb, uuid, text, uuid, text, text, text),
	federated_sign_in(text, text, jsonb, bytea, boolean, uuid, uuid, uuid, text, text, text),
	person_registered(jsonb, uuid, uuid, text, text, text) to guichet_ingress;
-- All of one person, which looks itself who asks.
grant execute on function person_takeaway(uuid, integer, jsonb) to guichet_ingress;
-- A file of people, in the name of an administrator.
grant execute on function person_import_plan(uuid, jsonb), person_import_gone(uuid, jsonb, bigint),
	person_import(uuid, jsonb, boolean, uuid, text, text, text) to guichet_ingress, guichet_ctl;
grant select on monitor_state, monitor_series, alerts, log_lines to guichet_ingress;
grant execute on function config_json(text), schema_json() to guichet_ingress, guichet_ctl;
grant execute on function trace_json(text), dead_page(jsonb), dead_groups(jsonb), dead_whole(uuid), dead_edit(uuid, uuid, uuid, text, text, text, jsonb, text, text, text),
	dead_replay(uuid, uuid, jsonb, jsonb, bigint, boolean, boolean, text, text, text),
	dead_discard(uuid, uuid, jsonb, text, bigint, boolean, text, text, text) to guichet_ingress, guichet_ctl;
grant select on operator_pauses, operator_log_levels, program_instances, backups to guichet_ingress;
-- Of mails nothing that they say.
grant execute on function mail_queue_json(jsonb), mail_job_whole(uuid) to guichet_ingress, guichet_ctl;
grant select on mail_suppressions to guichet_ingress;

-- --- mail that is taken in: what it was and where it came from; what becomes of it is the intake worker's to write ---
grant insert (id, door, peer, envelope_from, recipients, size, sha256, door_key, traceparent), select (id, door, door_key) on inbound_mails
	to guichet_mail_ingress, guichet_ingress, guichet_ctl, guichet_fetch;
grant select (address, active, deleted_at) on mailboxes to guichet_mail_ingress, guichet_fetch;
grant insert on outbox to guichet_mail_ingress, guichet_fetch;
grant select, insert, update (uidvalidity, uid, polled_at) on imap_cursors to guichet_fetch;
grant select, insert, delete, update (tries, next_try_at, reason) on imap_troubles to guichet_fetch;
grant select, insert, update (is_up, said, since) on dependencies to guichet_fetch;

-- --- ticket: the only writer of tickets -----------------------------------------------------------------------
grant select, insert, update on tickets to guichet_ticket;
-- What was found in a file is the scan worker's to write.
grant select, insert, update (name, description, is_public, ticket_id, comment_id, deleted_at, deleted_by, refused_at, version,
	updated_at) on files to guichet_ticket;
grant insert on file_access_logs to guichet_ticket;
grant select, insert, update (content, edited_at, split_into) on ticket_comments to guichet_ticket;
grant select, insert, update (n) on ticket_counters to guichet_ticket;
grant select, insert, update (created_at, is_folded, public_words, internal_words) on ticket_search to guichet_ticket;
grant select, insert on ticket_history, ticket_categories, ticket_comment_edits to guichet_ticket;
grant select, insert, delete on ticket_links to guichet_ticket;
grant select (id, email, role, active, first_name, last_name, language) on accounts to guichet_ticket;
-- What is promised is decided by administrators (desk); what a ticket has to be woken for is decided by its lane.
grant select on sla_state, sla_policies, calendar_versions to guichet_ticket;
grant select, insert, update (due_at, version, rank), delete on timers to guichet_ticket;
grant insert on ticket_spans to guichet_ticket;
grant insert on outbox to guichet_ticket;
grant usage on sequence ticket_number_seq to guichet_ticket;

-- --- account: what people say about themselves, and what administrators say of them; no credential and no session ------
grant select (id, email, role, active, first_name, last_name, language, phone, department, job_title, timezone, theme,
	version, bio, notifications, deleted_at, unlocked_at) on accounts to guichet_account;
grant update (first_name, last_name, language, phone, department, job_title, timezone, theme, notifications, version, bio, updated_at,
	role, active, deleted_at, unlocked_at) on accounts to guichet_account;
grant execute on function person_trail(uuid, bigint, bigint), person_erase(uuid, bigint, bigint) to guichet_account;
-- Whose tickets are to be handed over.
grant select (id, assignee_id, status, deleted_at, merged_into) on tickets to guichet_account;
-- What their recipients do with notifications; who is told what is the notify worker's to write.
grant select (id, recipient_id, channel, state, version, read_at, deleted_at), update (version, read_at, deleted_at)
	on notifications to guichet_account;
grant select, insert on notices to guichet_account;
grant insert on outbox to guichet_account;

-- --- desk: calendars, policies and schedules, and that open tickets are computed anew when one changes ----------------------
grant select, insert, update (name, body, version, updated_at, deleted_at) on calendars to guichet_desk;
grant select, insert, update (name, position, calendar_id, body, version, updated_at, deleted_at) on sla_policies to guichet_desk;
grant select, insert, update (name, owner_id, rule, timezone, starts_at, active, title, description, priority, category, version,
	updated_at, deleted_at) on schedules to guichet_desk;
grant select, update (body, version, updated_at) on texts to guichet_desk;
grant select, insert on text_versions to guichet_desk;
grant select, insert, update (address, name, language, category, priority, signature, strangers, answers, watch_copied, trust_reply_to,
	commands, active, version, updated_at, deleted_at) on mailboxes to guichet_desk;
grant select, insert, update (url, events, filter, ordered, active, note, stopped_by, generation, previous_generation, previous_until,
	version, updated_at, deleted_at) on webhooks to guichet_desk;
grant insert on calendar_versions, sla_policy_versions to guichet_desk;
grant select, update (epoch) on sla_state to guichet_desk;
grant select, insert, update (due_at, version, payload), delete on timers to guichet_desk;
grant select (id, email, role, active, first_name, last_name, language) on accounts to guichet_desk;
grant insert on outbox to guichet_desk;

-- --- all lanes: what a command came to ------------------------------------------------------------------------
grant select, insert, update (state, status, code, subject_id, version, problem, fp, finished_at) on inbox, inbox_keyed
	to guichet_ticket, guichet_account, guichet_desk;
grant select, insert, update (starts, started_at), delete on suspects to guichet_ticket, guichet_account, guichet_desk;

-- --- relay ----------------------------------------------------------------------------------------------------
grant select on outbox to guichet_relay;
grant select, update (xid, id, cluster, moved_at) on relay_cursor to guichet_relay;
grant execute on function partitions_maintain(), upkeep_drop(text), upkeep_sweep(), upkeep_words() to guichet_relay; -- the first: of the version before

-- --- consumers ------------------------------------------------------------------------------------------------
grant select, insert on audit_log, event_inbox to guichet_audit;

grant select (id, email, role, active, first_name, last_name, language, timezone, notifications, email_unproven) on accounts to guichet_notify;
-- It tells once; what becomes of it with its recipient is the account worker's to write.
grant select, insert, update (state, due_at, mail_id, told_at, why, xid, seq) on notifications to guichet_notify;
grant select on notices to guichet_notify;
grant select on tickets, ticket_history to guichet_notify;
grant select (id, ticket_id, is_internal, content) on ticket_comments to guichet_notify;
grant select, insert on event_inbox to guichet_notify;
grant insert (id, priority, template, language, recipient, recipient_id, ticket_id, event_id, fields, topic, unsubscribe, sender) on mails to guichet_notify;
grant insert on outbox to guichet_notify;

grant select (id, ticket_id, seq, author_id, is_internal, content, created_at, split_into) on ticket_comments to guichet_mail;
grant select (id, email, first_name, last_name, timezone, role, active) on accounts to guichet_mail;
grant select (id, owner_id, deleted_at) on tickets to guichet_mail;
grant select (id, ticket_id, comment_id, name, mime_type, size, sha256, scan_state, place, deleted_at, refused_at, created_at) on files
	to guichet_mail;
grant select on texts to guichet_mail;
grant select, update (state, attempts, refusals, for_server, next_attempt_at, first_refused_at, started_at, tried_at, worker, sent_at,
	last_reply, transcript) on mails to guichet_mail;
grant select on mail_suppressions to guichet_mail;
grant select (id, ticket_id, from_address, message_id) on inbound_mails to guichet_mail;
grant select (address, name, signature, deleted_at) on mailboxes to guichet_mail;
grant select (id, ticket_id, outcome, mailbox_id) on inbound_mails to guichet_notify;
grant select (id, address, active, deleted_at) on mailboxes to guichet_notify;
grant select, insert, update (slow_until, minute_at, minute_count) on mail_domains to guichet_mail;
grant select, insert, update (sent, deferred, failed) on mail_counts to guichet_mail;
grant insert on outbox to guichet_mail;
grant select, insert, update (is_up, said, since) on dependencies to guichet_mail;

-- --- webhook: what is sent to whom, and what came of it ------------------------------------------------------------
grant select on webhooks to guichet_webhook;
grant select, insert, update (state, attempts, replays, due_at, expires_at, worker, started_at, status, error, took_ms, request, answer,
	finished_at) on webhook_deliveries to guichet_webhook;
grant select, insert, update (failures, open_until) on webhook_circuits to guichet_webhook;
grant select (id, priority, category, tags) on tickets to guichet_webhook;
grant select (id, recipient_id, channel, state, topic, ticket_id, title, body, priority, created_at, pushed_at), update (pushed_at)
	on notifications to guichet_webhook;
grant select (id, active, notifications) on accounts to guichet_webhook;
grant select, insert, update (state, attempts, due_at, worker, started_at, status, error, finished_at) on push_deliveries to guichet_webhook;
grant select, insert on event_inbox to guichet_webhook;
grant insert on outbox to guichet_webhook;

-- --- scan: what was found in a file, and where its bytes lie; no word of what people say of it -----------------
grant select, update (scan_state, scan_note, scan_engine, scanned_at, scan_attempts, next_scan_at, expired_at, place, picture)
	on files to guichet_scan;
grant select on file_access_logs to guichet_scan;
grant select, insert, update (is_up, said, since) on dependencies to guichet_scan;
grant insert on outbox to guichet_scan;

-- --- intake: people who write for the first time, what became of mail, and what came back -----------------------
grant select, update (attempts, kills, rounds, reread, next_attempt_at, error, outcome, outcome_at, reason, approval, mailbox_id, from_address,
	from_name, sender_id, subject, message_id, message_hash, body_hash, verified, automatic, acknowledged, ticket_id, comment_id,
	command_id, applied, duplicate_of, notified_mail_id) on inbound_mails to guichet_intake;
grant select, insert, update (to_shown, cc_shown, visible_text, folded_text, visible_html, folded_html, attachments, notes)
	on inbound_texts to guichet_intake;
grant select, insert on message_references, mail_bounces, mail_suppressions to guichet_intake;
grant select on mailboxes, inbox to guichet_intake;
grant select (id, email, role, active, language) on accounts to guichet_intake;
grant insert (id, email, first_name, last_name, language) on accounts to guichet_intake;
grant execute on function intake_person(text, uuid, text) to guichet_intake;
grant select (id, number, status, owner_id, watchers, file_count, merged_into, deleted_at, created_at) on tickets to guichet_intake;
grant select (id, recipient, ticket_id, template, state), update (state, sent_at, last_reply) on mails to guichet_intake;
grant select, insert, update (bounced, complained) on mail_counts to guichet_intake;
grant insert on outbox to guichet_intake;

-- --- timer ----------------------------------------------------------------------------------------------------
grant select, insert (kind, subject, due_at, version), update (payload), delete on timers to guichet_timer;
grant select on schedules, sla_policies to guichet_timer;
grant select (id, status, merged_into, deleted_at, policy_id) on tickets to guichet_timer;
grant select (command_id) on inbox_keyed to guichet_timer;
grant insert on outbox to guichet_timer;

-- --- monitor: it looks by two functions, and keeps what it saw -------------------------------------------------
grant execute on function monitor_look(), monitor_look_seldom() to guichet_monitor;
grant select, insert, update (at, snapshot) on monitor_state to guichet_monitor;
grant select, insert, delete on monitor_series to guichet_monitor;
grant select, insert, update (seen_at, value, message, resolved_at), delete on alerts to guichet_monitor;
grant insert on outbox to guichet_monitor;

-- Whoever consumes may put aside a message that cannot be applied, and say so again; what it was stays.
grant select (id, reason, state, replays), insert, update (state, died_at, reason) on dead_letters to guichet_ticket, guichet_account, guichet_desk, guichet_relay,
	guichet_audit, guichet_notify, guichet_webhook, guichet_mail, guichet_undertaker;

-- --- ctl: an operator looks at everything but secrets ---------------------------------------------------------
grant select on all tables in schema public to guichet_ctl;
revoke select on credentials, sessions, spent_tokens from guichet_ctl;
grant select (account_id, changed_at) on credentials to guichet_ctl;
grant select (id, account_id, created_at, expires_at, revoked_at, epoch, logged_out_at) on sessions to guichet_ctl;
grant insert (id, email, role, first_name, last_name, language), update (role, active, epoch, version, updated_at) on accounts to guichet_ctl;
grant insert (account_id, password_hash), update (password_hash, changed_at) on credentials to guichet_ctl;
grant update (revoked_at) on sessions to guichet_ctl;
grant update (scan_state, scan_note, scan_engine, next_scan_at, expired_at) on files to guichet_ctl;
grant insert on outbox to guichet_ctl;
grant execute on function audit_prune(timestamptz, uuid), audit_prune_slice(integer), audit_erase_slice(uuid, bigint, integer),
	mail_manage(uuid, uuid, text, jsonb, text, text, text), mail_suppress(uuid, uuid, text, text, text, text, text),
	inbound_manage(uuid, uuid, text, uuid, boolean, text, text, text), operator_pause(uuid, uuid, text, text, timestamptz, text, text, text),
	operator_log_level(uuid, uuid, text, text, timestamptz, text[], text, text, text) to guichet_ctl;
grant insert (id, priority, template, language, recipient, event_id, fields) on mails to guichet_ctl;

select partitions_make();

-- --- the outbox: who may say what -----------------------------------------------------------------------------
-- The relay publishes whatever stands there, so what a row claims is decided here: where it goes, of what type, and
-- in whose name. A command without an actor counts as the desk's own; only four programs send such, of a few types.
-- What stands from here on to the end needs the outbox for itself, for a moment.
alter table outbox enable row level security;
drop policy if exists ingress_tells on outbox;
drop policy if exists ingress_warns on outbox;
drop policy if exists ticket_tells on outbox;
drop policy if exists ticket_asks on outbox;
drop policy if exists ticket_hands_on on outbox;
drop policy if exists account_tells on outbox;
drop policy if exists account_asks on outbox;
drop policy if exists desk_tells on outbox;
drop policy if exists notify_asks on outbox;
drop policy if exists webhook_asks on outbox;
drop policy if exists mail_asks on outbox;
drop policy if exists scan_tells on outbox;
drop policy if exists scan_asks on outbox;
drop policy if exists timer_asks on outbox;
drop policy if exists monitor_tells on outbox;
drop policy if exists mail_is_taken on outbox;
drop policy if exists intake_asks on outbox;
drop policy if exists intake_tells on outbox;
drop policy if exists ctl_tells on outbox;
drop policy if exists ctl_imports on outbox;
drop policy if exists ctl_replays on outbox;
drop policy if exists outbox_is_read on outbox;

create policy outbox_is_read on outbox for select to guichet_relay, guichet_ctl using (true);

-- Events go by the name of their object, the word before the dot: a new event of an object that a program tells of already
-- needs no line here.

-- A person speaks for himself, when he signs in or out and the like. What an administrator does to him is told by the account
-- worker, by person_create() and the like, and by guichetctl.
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
	exchange = 'guichet.events' and routing_key = type and (type like 'ticket.%' or type like 'file.%' or type = 'command.refused'));
create policy account_tells on outbox for insert to guichet_account with check (
	exchange = 'guichet.events' and routing_key = type and (type like 'profile.%' or type like 'notice.%' or type = 'command.refused'
		or type in ('user.role_changed', 'user.enabled', 'user.disabled', 'user.unlocked', 'user.deleted', 'user.erased')));
-- Who leaves hands over.
create policy account_asks on outbox for insert to guichet_account with check (
	exchange = 'guichet.commands' and ((type in ('account.hand_over', 'account.erase_rest') and routing_key = 'cmd.account')
		or (type = 'ticket.hand_over' and routing_key like 'cmd.ticket._')) and headers ->> 'actor' is null);
create policy desk_tells on outbox for insert to guichet_desk with check (
	exchange = 'guichet.events' and routing_key = type
	and (type like 'calendar.%' or type like 'policy.%' or type like 'schedule.%' or type like 'template.%' or type like 'webhook.%' or type like 'mailbox.%' or type = 'command.refused'));

create policy ticket_asks on outbox for insert to guichet_ticket with check (
	exchange = 'guichet.commands' and type in ('ticket.create', 'ticket.absorb') and routing_key like 'cmd.ticket._'
	and headers ->> 'actor' is null);
create policy ticket_hands_on on outbox for insert to guichet_ticket with check (
	exchange = 'guichet.work' and type = 'file.scan' and routing_key = 'work.scan' and headers ->> 'actor' is null);
create policy mail_asks on outbox for insert to guichet_mail with check (
	exchange = 'guichet.commands' and type = 'ticket.note' and routing_key like 'cmd.ticket._'
	and headers ->> 'actor' is null);
create policy scan_tells on outbox for insert to guichet_scan with check (
	exchange = 'guichet.events' and routing_key = type and type in ('file.scanned', 'file.infected') and headers ->> 'actor' is null);
create policy scan_asks on outbox for insert to guichet_scan with check (
	exchange = 'guichet.commands' and type = 'file.refuse' and routing_key like 'cmd.ticket._'
	and headers ->> 'actor' is null);
create policy mail_is_taken on outbox for insert to guichet_mail_ingress, guichet_ingress, guichet_ctl, guichet_fetch with check (
	exchange = 'guichet.work' and type = 'mail.received' and routing_key = 'work.intake' and headers ->> 'actor' is null);
create policy timer_asks on outbox for insert to guichet_timer with check (
	exchange = 'guichet.commands' and type in ('ticket.tick', 'ticket.recompute', 'ticket.create')
	and routing_key like 'cmd.ticket._' and headers ->> 'actor' is null);
-- In the name of who has sent the mail: who that is it has found out itself, as ingress does by a token.
create policy intake_asks on outbox for insert to guichet_intake with check (
	exchange = 'guichet.commands' and routing_key like 'cmd.ticket._' and (type = 'ticket.receive' or (type = 'ticket.note' and headers ->> 'actor' is null)
		or (type in ('ticket.open', 'file.upload', 'ticket.assign', 'ticket.update', 'ticket.set_status', 'ticket.close', 'ticket.watch') and headers ->> 'actor' is not null)));
create policy intake_tells on outbox for insert to guichet_intake with check (
	exchange = 'guichet.events' and routing_key = type and type = 'user.registered' and headers ->> 'actor' is null);
create policy monitor_tells on outbox for insert to guichet_monitor with check (
	exchange = 'guichet.events' and routing_key = type and type in ('alert.fired', 'alert.resolved') and headers ->> 'actor' is null);
create policy webhook_asks on outbox for insert to guichet_webhook with check (
	exchange = 'guichet.commands' and ((type = 'webhook.stop' and routing_key = 'cmd.desk') or (type = 'account.push_expire'
		and routing_key = 'cmd.account')) and headers ->> 'actor' is null);
create policy notify_asks on outbox for insert to guichet_notify with check (
	exchange = 'guichet.work' and type like 'mail.%' and routing_key like 'work.mail.%' and headers ->> 'actor' is null);

-- What an operator does himself is told.
create policy ctl_tells on outbox for insert to guichet_ctl with check (
	exchange = 'guichet.events' and routing_key = type and headers ->> 'actor' is null
	and (type like 'user.%' or type like 'audit.%' or type in ('file.released', 'file.removed')));
create policy ctl_imports on outbox for insert to guichet_ctl with check (
	exchange = 'guichet.commands' and type = 'calendar.update' and routing_key = 'cmd.desk' and headers ->> 'actor' is null);
