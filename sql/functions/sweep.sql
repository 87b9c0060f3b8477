-- At most so many rows of each table that have had their time; how many went. Each is kept longer than what it
-- guards can live: an access token 30 days, a refresh token 365 (the settings allow no more).
create or replace function sweep(today date, most integer) returns bigint
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
revoke execute on function sweep(date, integer) from public;
