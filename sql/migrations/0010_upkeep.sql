-- Why: what keeps the tables in order while nobody looks. Days that are made early and without a stall, a place
-- for what falls outside of them, an end for everything that is not the desk's own record, and words of a bounded size.

-- --- days ---------------------------------------------------------------------------
-- A day is UTC's, whatever the server or the session thinks the time zone is.
create function today() returns date
language sql stable as $$ select (now() at time zone 'utc')::date $$;

alter table outbox alter column day set default (now() at time zone 'utc')::date;
alter function event_feed(uuid, integer, text, bigint) set timezone = 'UTC';

-- What no day's partition takes: upkeep that did not happen, a clock that was wrong. A day that has rows in here gets
-- no partition any more and stays here until it is old; every query finds it here all the same.
create table inbox_default partition of inbox default;
create table outbox_default partition of outbox default;
create table event_inbox_default partition of event_inbox default;

drop function partitions_maintain();

-- Makes one day of one table, unless it is there, or the day has rows in the default partition already. True: nothing
-- is left to do for it. Created apart and then attached, so that nobody waits for who reads the parent (pg_dump);
-- attaching needs the default partition for itself for a moment, and whoever waits behind it waits 200 ms at most.
create function partition_make(parent text, day date) returns boolean
language plpgsql set lock_timeout = '200ms' as $$
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
end $$;

-- The days around this one: two weeks ahead, and for what may be late as far back as it is kept. Whoever starts calls
-- it, one at a time. False: somebody held a table, it must be tried again.
create function partitions_make(today date) returns boolean
language plpgsql as $$
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

create function partitions_make() returns boolean
language sql security definer set search_path = public, pg_temp as $$ select partitions_make(today()) $$;

-- The first day, from today on, that has no partition of its own.
create function partitions_end() returns date
language sql stable security definer set search_path = public, pg_temp as $$
	select min(d.day)::date
	from generate_series(today(), today() + 15, '1 day') as d(day), unnest(array['inbox', 'outbox', 'event_inbox']) as parent
	where to_regclass(parent || to_char(d.day, '_YYYYMMDD')) is null
$$;

-- The oldest day that holds something untold, or today.
create function outbox_untold(today date) returns date
language sql stable as $$
	select least(today, (select min(o.day) from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)))
$$;

-- What "old" is counted from. It moves on by a day for each hour that upkeep runs, and never beyond today: a clock that
-- was wrong for some hours costs little of what must not be forgotten, three weeks switched off are made good in a day.
create table upkeep (
	only_row boolean primary key default true,
	day date not null,
	moved_at timestamptz not null,
	constraint upkeep_is_one_row check (only_row)
);
insert into upkeep (day, moved_at) values (today(), now());

create function upkeep_day(at timestamptz) returns date
language plpgsql as $$
begin
	update upkeep set day = least((at at time zone 'utc')::date, day + 1), moved_at = at
	where moved_at not between at - interval '59 minutes' and at;
	return (select day from upkeep);
end $$;

-- Drops the oldest day of a table if it is older than 30 days; of the outbox only when all of it is told. One
-- each call. NULL: nothing is old enough, or somebody holds the table.
create function partition_drop(parent text, today date) returns text
language plpgsql set lock_timeout = '200ms' as $$
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
end $$;

-- --- what has an end --------------------------------------------------------------------
-- At most so many rows of each table that have had their time; how many went. Each is kept longer than what it
-- guards can live: an access token 30 days, a refresh token 365 (the settings allow no more).
create function sweep(today date, most integer) returns bigint
language plpgsql set timezone = 'UTC' as $$
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
create index sessions_by_expires_at on sessions (expires_at);
create index spent_tokens_of_session on spent_tokens (session_id);
create index spent_tokens_by_age on spent_tokens using brin (spent_at);
create index suspects_by_age on suspects (started_at);

-- The relay's upkeep, each part a statement of its own, so that no lock outlives its part.
create function upkeep_drop(parent text) returns text
language sql security definer set search_path = public, pg_temp as $$
	select partition_drop(parent, upkeep_day(now())) where parent in ('inbox', 'outbox', 'event_inbox')
$$;
create function upkeep_sweep() returns boolean
language sql security definer set search_path = public, pg_temp as $$ select sweep(upkeep_day(now()), 1000) >= 1000 $$;

revoke execute on function partition_make(text, date), partitions_make(date), partitions_make(), upkeep_day(timestamptz),
	partition_drop(text, date), outbox_untold(date), sweep(date, integer), upkeep_drop(text), upkeep_sweep() from public;

select partitions_make();

-- --- words ----------------------------------------------------------------------------
-- A tsvector ends at 1 MiB: of a text that makes more, the words at its beginning are kept. What is short needs
-- nobody to look: no text makes more than six times its size.
create function words_of(said text) returns tsvector
language plpgsql immutable as $$
declare
	most integer := 300000;
begin
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

-- The words of both; when they do not fit, the ones that were there.
create function words_joined(there tsvector, said tsvector) returns tsvector
language plpgsql immutable as $$
begin
	return there || said;
exception when program_limit_exceeded then
	return there;
end $$;
