-- What other programs keep of a person who was deleted and blanked; nothing of anybody else. With the first slice all that is no
-- trail; then, and with each slice that follows, some of the trail. Mails that were sent stay as rows of the ledger, of nobody. What
-- people wrote to the desk is the tickets'.
create or replace function person_erase(person uuid, after bigint, most bigint) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	nobody text := person || '@deleted.invalid';
	erased bigint;
begin
	if not exists (select from accounts a where a.id = person and a.deleted_at is not null and a.first_name = '' and a.last_name = '') then
		return 0;
	end if;
	if after = 0 then
		perform account_claim_ends(person);
		delete from account_tokens t where t.account_id = person;
		delete from email_changes e where e.account_id = person;
		update api_tokens t set name = '' where t.account_id = person;
		delete from spent_tokens t using sessions s where s.id = t.session_id and s.account_id = person;
		update notifications n set title = '', body = '', fields = '{}', deleted_at = coalesce(n.deleted_at, now())
		where n.recipient_id = person;
		update notices n set headline = '', content = '', data = null where n.recipient_id = person;
		update mails m set recipient = nobody, fields = '{}', unsubscribe = null, last_reply = '' where m.recipient_id = person
			and m.state in ('sent', 'failed');
		update inbound_mails i set from_address = nobody, from_name = null where i.sender_id = person;
		update files f set deleted_at = now() where f.uploaded_by = person and f.purpose = 'avatar' and f.deleted_at is null;
		update file_access_logs l set ip_address = null, user_agent = null where l.user_id = person;
	end if;
	select e.erased into erased from audit_erase_slice(person, after, most::integer) e;
	return erased;
end $$;
revoke execute on function person_erase(uuid, bigint, bigint) from public;
