-- Somebody whom another service has proven, as subject of that issuer: whose account that is. It is found by (issuer, subject); else
-- by the address, when the issuer calls it proven (isProven) and so do we, or when nobody has a password for that account yet, or when
-- it was claimed without proof, which ends what the other had set up; else it is made. role of wanted null: roles are not the issuer's to give; else the account has it from now on, and who was signed in under
-- another is so no more. The last active administrator keeps the role. state, where there is one, counts once.
--
-- by_password: it was proven by one, so that a lock of the address counts (sign_in_failed.sql). What has failed is forgotten when the
-- session is opened (sign_in_opens.sql).
--
-- verdict: ok, replayed (the state has counted), locked, disabled, unproven (the address is that of an account which is not proven to be
-- the same person's), nameless (a new account would have no address). moved: the epoch did.
create or replace function federated_sign_in(of_issuer text, of_subject text, wanted jsonb, state bytea, by_password boolean, id uuid,
	told uuid, told_role uuid, request_id text, traceparent text, origin text,
	out verdict text, out account uuid, out address text, out role text, out epoch integer, out first_name text, out last_name text,
	out moved boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	is_proven boolean := coalesce((wanted ->> 'isProven')::boolean, false);
	said text := lower(wanted ->> 'email');
	person accounts;
	old_role text;
begin
	moved := false;
	verdict := 'ok';
	if state is not null then
		delete from spent_states s where s.hash in (select o.hash from spent_states o where o.spent_at < now() - interval '1 hour' limit 100);
		insert into spent_states (hash) values (state) on conflict do nothing;
		if not found then
			verdict := 'replayed';
			return;
		end if;
	end if;
	perform pg_advisory_xact_lock(hashtextextended(of_issuer || chr(10) || of_subject, 0));
	update identities i set used_at = now() where i.issuer = of_issuer and i.subject = of_subject returning i.account_id into account;
	if account is null then
		if said is null then
			verdict := 'nameless';
			return;
		end if;
		insert into accounts (id, email, first_name, last_name, language, email_verified_at, email_unproven)
		values (id, said, left(coalesce(wanted ->> 'firstName', ''), 100), left(coalesce(wanted ->> 'lastName', ''), 100),
			coalesce(nullif(wanted ->> 'language', ''), 'fr'), case when is_proven then now() end, not is_proven)
		on conflict do nothing returning * into person;
		if person.id is not null then
			insert into outbox (exchange, routing_key, type, headers, body)
			select e.* from outbox_event('user.registered', told, person.id, person.role, request_id, traceparent, 'accountId', person.id,
				jsonb_build_object('email', person.email, 'role', person.role), origin) e;
		else
			select * into person from accounts a where a.email = said for no key update;
			if not is_proven or (person.email_verified_at is null and not person.email_unproven
				and exists (select from credentials c where c.account_id = person.id)) then
				verdict := 'unproven';
				return;
			end if;
			if person.email_unproven then
				perform account_claim_ends(person.id);
			end if;
			update accounts a set email_verified_at = coalesce(a.email_verified_at, now()), email_unproven = false where a.id = person.id;
		end if;
		account := person.id;
		insert into identities (account_id, issuer, subject, email) values (account, of_issuer, of_subject, said);
	end if;
	select * into person from accounts a where a.id = account for no key update;
	if not person.active then
		verdict := 'disabled';
		return;
	end if;
	if by_password and exists (select from sign_in_failures f where f.email = person.email and f.locked_until > now()) then
		verdict := 'locked';
		return;
	end if;
	if person.role = 'admin' then
		perform from accounts a where a.role = 'admin' and a.active order by a.id for no key update; -- one demotion after the other
	end if;
	if wanted ->> 'role' in ('user', 'agent', 'manager', 'admin') and wanted ->> 'role' <> person.role and not (person.role = 'admin' and not exists (
		select from accounts a where a.role = 'admin' and a.active and a.id <> person.id)) then
		old_role := person.role;
		update accounts a set role = wanted ->> 'role', version = a.version + 1, updated_at = now()
		where a.id = person.id returning * into person;
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('user.role_changed', told_role, null, null, request_id, traceparent, 'accountId', person.id,
			jsonb_build_object('oldRole', old_role, 'newRole', person.role), origin) e;
		moved := true;
	end if;
	address := person.email;
	role := person.role;
	epoch := person.epoch;
	first_name := person.first_name;
	last_name := person.last_name;
end $$;
revoke execute on function federated_sign_in(text, text, jsonb, bytea, boolean, uuid, uuid, uuid, text, text, text) from public;
