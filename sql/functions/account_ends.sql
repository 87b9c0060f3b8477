-- Trigger: what ends with a role, or with the right to sign in. Sessions are of an epoch that is over, so none of them could be
-- renewed: here they are closed, too; and what programs asked with in a person's name. A mail that waits for somebody who is disabled is not sent.
create or replace function account_ends() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
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
revoke execute on function account_ends() from public;
