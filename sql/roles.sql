-- roles.sql - one role per program, with grants on just its tables. Run after every
-- migration, any number of times; passwords are given by `guichetctl migrate`.
--
-- All roles have 10 s timeouts: one open writer delays every event (the relay reads
-- only what is older than the oldest transaction).
do $$
declare
	program text;
begin
	foreach program in array array['ingress', 'ticket', 'account', 'relay', 'audit', 'notify', 'mail', 'undertaker', 'ctl'] loop
		if not exists (select from pg_roles where rolname = 'guichet_' || program) then
			execute format('create role %I login', 'guichet_' || program);
		end if;
		execute format('alter role %I set statement_timeout = %L', 'guichet_' || program, '10s');
		execute format('alter role %I set idle_in_transaction_session_timeout = %L', 'guichet_' || program, '10s');
		execute format('alter role %I set default_transaction_isolation = %L', 'guichet_' || program, 'read committed');
		execute format('alter role %I set timezone = %L', 'guichet_' || program, 'UTC');
		-- Short statements on keys: a plan made while a table was small must not become a scan of a large one,
		-- and none of them is worth compiling or planning twice. What is, a list with its filters, is a function
		-- that says so itself.
		execute format('alter role %I set jit = off', 'guichet_' || program);
		execute format('alter role %I set max_parallel_workers_per_gather = 0', 'guichet_' || program);
		if program <> 'ctl' then
			execute format('alter role %I set plan_cache_mode = force_generic_plan', 'guichet_' || program);
		end if;
		if program not in ('ingress', 'ctl') then
			execute format('alter role %I set enable_seqscan = off', 'guichet_' || program);
			execute format('alter role %I set enable_hashjoin = off', 'guichet_' || program);
			execute format('alter role %I set enable_mergejoin = off', 'guichet_' || program);
		end if;
		execute format('grant connect on database %I to %I', current_database(), 'guichet_' || program);
	end loop;
end $$;

-- A cursor that is a little behind after a crash repeats messages, which every consumer recognises. A relay that
-- was stopped in its tracks must give its lock up.
alter role guichet_relay set synchronous_commit = off;
alter role guichet_relay set idle_session_timeout = '60s';

revoke create on schema public from public;
revoke all on all tables in schema public from public,
	guichet_ingress, guichet_ticket, guichet_account, guichet_relay, guichet_audit, guichet_notify, guichet_mail,
	guichet_undertaker, guichet_ctl;

-- Every program: to see whether the schema fits.
grant execute on function schema_version() to public;
-- Whoever starts makes the days to come; migrate does.
grant execute on function partitions_make() to guichet_ticket, guichet_account, guichet_relay, guichet_audit,
	guichet_notify, guichet_undertaker;

-- Writes credentials and sessions, each with the event that tells of it.
grant select on tickets, ticket_comments, ticket_history, ticket_counters, ticket_categories, ticket_links, ticket_attachments, ticket_search, inbox, inbox_keyed,
	dead_letters, audit_log, accounts, credentials, sessions to guichet_ingress;
grant insert, update on accounts, credentials, sessions to guichet_ingress;
grant select, insert on spent_tokens to guichet_ingress;
grant insert on outbox to guichet_ingress;
-- Of the outbox only the events (0005_feed.sql).
grant execute on function events_after(xid8, bigint, xid8, date, bigint) to guichet_ingress;

-- The only writer of tickets.
grant select, insert, update on tickets, ticket_comments, ticket_counters, ticket_search, inbox, inbox_keyed to guichet_ticket;
grant select, insert on ticket_history, ticket_categories to guichet_ticket;
grant select, insert, delete on ticket_links to guichet_ticket;
grant select, insert, update, delete on suspects to guichet_ticket;
grant select (id, email, role, active, first_name, last_name, language) on accounts to guichet_ticket;
grant insert on outbox to guichet_ticket;
grant usage on sequence ticket_number_seq to guichet_ticket;

-- Writes what people say about themselves, and no other column of an account.
grant select (id, email, role, active, first_name, last_name, language, phone, department, job_title, timezone, theme,
	version, bio) on accounts to guichet_account;
grant update (first_name, last_name, language, phone, department, job_title, timezone, theme, version, bio, updated_at)
	on accounts to guichet_account;
grant select, insert, update on inbox, inbox_keyed to guichet_account;
grant select, insert, update, delete on suspects to guichet_account;
grant insert on outbox to guichet_account;

grant select on outbox to guichet_relay;
grant select, update on relay_cursor to guichet_relay;
grant execute on function upkeep_drop(text), upkeep_sweep() to guichet_relay;

grant select, insert on audit_log, event_inbox to guichet_audit;

grant select (id, email, role, active, first_name, last_name, language) on accounts to guichet_notify;
grant select on tickets to guichet_notify;
grant select (id, ticket_id, is_internal, content) on ticket_comments to guichet_notify;
grant select, insert on event_inbox, mails to guichet_notify;
grant insert on outbox to guichet_notify;

grant select, update on mails to guichet_mail;
grant insert on outbox to guichet_mail;

-- Whoever consumes may put aside a message that cannot be applied.
grant select, insert, update on dead_letters to guichet_ticket, guichet_account, guichet_undertaker, guichet_audit, guichet_notify,
	guichet_mail;

grant select on all tables in schema public to guichet_ctl;
grant insert, update on accounts, credentials, sessions to guichet_ctl;
grant update on dead_letters, relay_cursor to guichet_ctl;
grant insert on outbox to guichet_ctl;

select partitions_make();
