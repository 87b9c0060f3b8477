-- An administrator makes an account. hash null: the person is invited (user.invited), by a mail whose link sets the
-- first password. verdict: ok, forbidden, or taken: the address is somebody's.
create or replace function person_create(actor uuid, wanted jsonb, id uuid, hash text, told uuid, request_id text, traceparent text,
	origin text, out verdict text, out data text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	who record;
	person accounts;
begin
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	insert into accounts (id, email, role, first_name, last_name, language, phone, department, job_title)
	values (person_create.id, lower(wanted ->> 'email'), coalesce(nullif(wanted ->> 'role', ''), 'user'), coalesce(wanted ->> 'firstName', ''),
		coalesce(wanted ->> 'lastName', ''), coalesce(nullif(wanted ->> 'language', ''), 'fr'), coalesce(wanted ->> 'phone', ''),
		coalesce(wanted ->> 'department', ''), coalesce(wanted ->> 'jobTitle', ''))
	on conflict (email) do nothing returning * into person;
	if person.id is null then
		verdict := 'taken';
		return;
	end if;
	if hash is not null then
		insert into credentials (account_id, password_hash) values (person.id, hash);
	else
		perform account_mail(id_beside(person.id, 1), person.id, 'account_invite', person.email, 1);
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event(case when hash is null then 'user.invited' else 'user.registered' end, told, actor, who.role, request_id,
		traceparent, 'accountId', person.id, jsonb_strip_nulls(jsonb_build_object('email', person.email, 'role', person.role,
			'language', case when hash is null then person.language end)), origin) e;
	data := person_sheet(person, true);
end $$;
revoke execute on function person_create(uuid, jsonb, uuid, text, uuid, text, text, text) from public;
