-- roles.sql - one role per program, and how it behaves. The programs are those of queues/programs.def, in the setting
-- guichet.programs as "name:kind" with blanks between. Run by a superuser (guichetctl roles), any number of times; what each may do stands in grants.sql and is the owner's to give. The owner makes no roles: on this
-- PostgreSQL who may make roles may make himself a member of pg_execute_server_program, and so run programs.
--
-- All roles have 10 s timeouts: one open writer delays every event (the relay reads
-- only what is older than the oldest transaction).
do $$
declare
	entry text;
	program text;
	kind text;
	owner text;
begin
	foreach entry in array string_to_array(current_setting('guichet.programs'), ' ') loop
		program := split_part(entry, ':', 1);
		kind := split_part(entry, ':', 2);
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
		-- Who looks on sees what the others are at.
		if program in ('monitor', 'ctl') then
			execute format('grant pg_read_all_stats to %I', 'guichet_' || program);
		end if;
		if kind <> 'tool' then
			execute format('alter role %I set plan_cache_mode = force_generic_plan', 'guichet_' || program);
		end if;
		if kind not in ('ingress', 'tool') then
			execute format('alter role %I set enable_seqscan = off', 'guichet_' || program);
			execute format('alter role %I set enable_hashjoin = off', 'guichet_' || program);
			execute format('alter role %I set enable_mergejoin = off', 'guichet_' || program);
		end if;
	end loop;

	select r.rolname into owner from pg_database d join pg_roles r on r.oid = d.datdba
	where d.datname = current_database() and r.rolcreaterole and not r.rolsuper;
	if owner is not null then
		execute format('alter role %I nocreaterole', owner);
	end if;
end $$;

-- A cursor that is a little behind after a crash repeats messages, which every consumer recognises. A relay that
-- was stopped in its tracks must give its lock up.
alter role guichet_relay set synchronous_commit = off;
alter role guichet_relay set idle_session_timeout = '60s';
