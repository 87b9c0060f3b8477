-- Why: what the outbox carries is believed, so it must be known where it comes from.

-- --- the cluster whose transaction ids are counted -----------------------------------
-- A logical restore (pg_dump, pg_restore) brings the rows and the cursor into a cluster that counts its transactions
-- anew. The cursor says whose ids it speaks of; the relay refuses another cluster's until `guichetctl outbox rebase`.
create function this_cluster() returns bigint
language sql stable parallel safe as $$ select system_identifier from pg_control_system() $$;

alter table relay_cursor add column cluster bigint not null default 0;
-- A cursor that is from the future now is from elsewhere; of one that is not we believe that it is ours.
update relay_cursor set cluster = this_cluster() where xid < pg_snapshot_xmax(pg_current_snapshot());

-- Gives the outbox ids of this cluster. Sent are the rows up to the cursor by transaction and, because what was
-- written since the restore may have any transaction id but has the higher row ids, by row id too; and of these only
-- what has arrived: when the backup was taken a row may have been sent and not yet applied, and what applied it later
-- is gone. All else counts as not sent. Sending twice is harmless, consumers know an event by its id; leaving one out
-- is not.
--
-- What was not sent gets this transaction's id and goes out in the order of the row ids. What was sent and carries an
-- id that is still to come goes behind the cursor for good. A writer that is open meanwhile has an id that is not
-- below the oldest open one, where the cursor will stand: the relay finds it. The cursor keeps a row id that was
-- given out, so that a next restore can be told from it in the same way. What was revoked keeps no number of the other
-- cluster either: everybody who looks would be given it again and again.
create function outbox_rebase(out unsent bigint, out sent bigint)
language plpgsql set search_path = public, pg_temp as $$
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
revoke execute on function outbox_rebase() from public;

-- --- in whose name a lane may speak ----------------------------------------------------
-- The events that a lane's worker writes are in the name of those whose commands they tell of, as the inbox has it: the
-- row is there before the event, in the same transaction. Looked at once for a statement, by the day in the id; a look
-- for each row would cost a fifth of the batch. (A worker of the version before names the command in the body alone.)
create function outbox_names_its_actors() returns trigger
language plpgsql as $$
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
create trigger outbox_names_its_actors after insert on outbox referencing new table as written
	for each statement execute function outbox_names_its_actors();

-- A replay is held against the letter that it repeats.
create index dead_letters_of_command on dead_letters (command_id);

-- --- mails -----------------------------------------------------------------------------
-- Five days of refusals count from the first, not from when the mail was written: after a long stop it is old already.
alter table mails add column first_refused_at timestamptz;
