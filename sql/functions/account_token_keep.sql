-- The mail worker has drawn the token of a mail that it is about to send, and keeps its SHA-256 here; the token is in the mail
-- alone. False: it is no such mail, or not being sent. A mail that is tried again has another token, the one before stays good.
create or replace function account_token_keep(mail uuid, token_hash bytea) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
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
revoke execute on function account_token_keep(uuid, bytea) from public;
