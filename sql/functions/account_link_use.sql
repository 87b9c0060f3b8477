-- Uses the link with this token, once: all of its kind that the account has are spent with it. credential is the hash of the new
-- password, of a link that sets one. Whoever has it reads what is sent to that address, so it is proven.
--
--   verify               the address is proven, no more
--   reset, invite        the account has that password; every session and every token of a program ends
--   magic                may sign in, for the epoch that is given back
--
-- Each of these three lifts a lock, unless a second factor is to come: then wrong codes count on. And of an address that was not
-- proven before, it ends what somebody else had set up.
--
--   email_old, email_new the account gets its new address when both have said yes
--
-- verdict: ok, half (the other address has not said yes yet), taken (somebody else has the new address by now), gone.
create or replace function account_link_use(token_hash bytea, credential text, event_id uuid, request_id text, traceparent text,
	origin text, out verdict text, out kind text, out account uuid, out email text, out role text, out epoch integer,
	out first_name text, out last_name text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	used account_tokens;
	owner accounts;
	change email_changes;
	told text;
	data jsonb := '{}';
begin
	select a.* into owner from account_link_look(token_hash) l join accounts a on a.id = l.account for no key update of a;
	update account_tokens t set used_at = now() where t.hash = token_hash and t.used_at is null returning * into used;
	verdict := case when owner.id is null or used.hash is null or (used.kind in ('reset', 'invite') and credential is null) then 'gone' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	kind := used.kind;
	update account_tokens t set used_at = now() where t.account_id = owner.id and t.kind = used.kind and t.used_at is null;
	if kind in ('email_old', 'email_new') then
		update email_changes e set old_confirmed_at = case when used.kind = 'email_old' then now() else e.old_confirmed_at end,
			new_confirmed_at = case when used.kind = 'email_new' then now() else e.new_confirmed_at end
		where e.account_id = owner.id and (used.kind = 'email_old' or e.address = used.address) returning * into change;
		verdict := case when change.account_id is null then 'gone'
			when change.old_confirmed_at is null or change.new_confirmed_at is null then 'half'
			when exists (select from accounts a where a.email = change.address) then 'taken' else 'ok' end;
		if verdict = 'ok' then
			told := 'user.email_changed';
			data := jsonb_build_object('oldEmail', owner.email, 'newEmail', change.address);
			update accounts a set email = change.address, email_verified_at = now(), email_unproven = false, version = a.version + 1,
				updated_at = now() where a.id = owner.id returning * into owner;
			update account_tokens t set used_at = now() where t.account_id = owner.id and t.used_at is null;
		end if;
		if verdict <> 'half' then
			delete from email_changes e where e.account_id = owner.id;
		end if;
	else
		if owner.email_unproven and kind in ('reset', 'invite', 'magic') then
			perform account_claim_ends(owner.id);
		end if;
		told := case kind when 'verify' then 'user.email_verified' when 'reset' then 'user.password_reset_completed'
			when 'invite' then 'user.invitation_accepted' end;
		update accounts a set email_verified_at = coalesce(a.email_verified_at, now()), email_unproven = false,
			epoch = a.epoch + (used.kind in ('reset', 'invite'))::integer where a.id = owner.id returning * into owner;
	end if;
	if kind in ('reset', 'invite') then
		update api_tokens t set revoked_at = now(), changed_xid = pg_current_xact_id() where t.account_id = owner.id and t.revoked_at is null;
		insert into credentials as c (account_id, password_hash) values (owner.id, credential)
		on conflict (account_id) do update set password_hash = excluded.password_hash, changed_at = now();
		update sessions s set revoked_at = now() where s.account_id = owner.id and s.revoked_at is null;
	end if;
	if kind in ('reset', 'invite', 'magic') and not factor_is_on(owner.id) then
		delete from sign_in_failures f where f.email = owner.email;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event(told, event_id, owner.id, owner.role, request_id, traceparent, 'accountId', owner.id, data, origin) e
	where told is not null;
	account := owner.id;
	email := owner.email;
	role := owner.role;
	epoch := owner.epoch;
	first_name := owner.first_name;
	last_name := owner.last_name;
end $$;
revoke execute on function account_link_use(bytea, text, uuid, text, text, text) from public;
