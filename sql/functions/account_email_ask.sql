-- A new address for the account: both must say yes, each by the link of its mail. verdict: ok, taken (somebody has it), same, stale
-- (the password, which was verified as $credential, is another by now), or many (mails enough).
create or replace function account_email_ask(account uuid, credential text, wanted text, old_mail uuid, new_mail uuid,
	mails_most integer, out verdict text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	owner accounts;
begin
	select a.* into owner from accounts a join credentials c on c.account_id = a.id
	where a.id = account and a.active and c.password_hash = credential for no key update of a;
	verdict := case when owner.id is null then 'stale' when owner.email = wanted then 'same'
		when exists (select from accounts a where a.email = wanted) then 'taken' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	if not account_mail(old_mail, owner.id, 'account_email_old', owner.email, mails_most)
		or not account_mail(new_mail, owner.id, 'account_email_new', wanted, mails_most) then
		verdict := 'many';
		delete from mails m where m.id = old_mail;
		return;
	end if;
	update account_tokens t set used_at = now() where t.account_id = owner.id and t.kind in ('email_old', 'email_new') and t.used_at is null;
	insert into email_changes as e (account_id, address) values (owner.id, wanted)
	on conflict (account_id) do update set address = excluded.address, asked_at = now(), old_confirmed_at = null, new_confirmed_at = null;
end $$;
revoke execute on function account_email_ask(uuid, text, text, uuid, uuid, integer) from public;
