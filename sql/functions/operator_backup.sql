-- Asks for a backup, whose id is wanted: guichetctl backup --wanted takes it, with the rights of the database's owner. verdict: ok,
-- forbidden, or waits (another that was asked for has not ended). The trail is told.
create or replace function operator_backup(actor uuid, told uuid, wanted uuid, request_id text, traceparent text, origin text) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
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
revoke execute on function operator_backup(uuid, uuid, uuid, text, text, text) from public;
