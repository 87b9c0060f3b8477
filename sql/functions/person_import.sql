-- Does what lines of a file of people ask for, for an administrator, all or none of them. Who is not there is made as by
-- person_create(), and invited when that is wanted; who is there is changed by the account worker's own commands, in the
-- administrator's name, so that the trail, what they are signed in to and their tickets follow. Done twice, the second time does
-- nothing. drawn: the ids of all of it lie beside it. verdict: ok, or forbidden.
create or replace function person_import(actor uuid, lines jsonb, invite boolean, drawn uuid, request_id text, traceparent text,
	origin text, out verdict text, out made bigint, out changed bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	who record;
	l record;
	person accounts;
	invited boolean;
	beside bigint := 1;
begin
	made := 0;
	changed := 0;
	select * into who from actor_of(actor);
	verdict := case when who.id is not null and who.active and who.bits & 32 <> 0 then 'ok' else 'forbidden' end;
	if verdict <> 'ok' then
		return;
	end if;
	for l in select * from person_import_look(actor, lines) k where k.outcome in ('made', 'changed') order by k.place loop
		beside := beside + 3;
		if l.outcome = 'changed' then
			insert into outbox (exchange, routing_key, type, headers, body)
			select e.* from outbox_command('cmd.account', 'account.update', id_beside(drawn, beside), actor, request_id, traceparent, origin,
				jsonb_build_object('accountId', l.account_id) || (l.fields - 'status')) e
			where l.fields - 'status' <> '{}'
			union all
			select e.* from outbox_command('cmd.account', 'account.set_status', id_beside(drawn, beside + 1), actor, request_id,
				traceparent, origin, jsonb_build_object('accountId', l.account_id, 'status', l.fields ->> 'status')) e
			where l.fields ? 'status';
			changed := changed + 1;
			continue;
		end if;
		insert into accounts (id, email, role, first_name, last_name, language, phone, department, job_title, active)
		values (id_beside(drawn, beside), l.email, coalesce(l.fields ->> 'role', 'user'), coalesce(l.fields ->> 'firstName', ''),
			coalesce(l.fields ->> 'lastName', ''), coalesce(l.fields ->> 'language', 'fr'), coalesce(l.fields ->> 'phone', ''),
			coalesce(l.fields ->> 'department', ''), coalesce(l.fields ->> 'jobTitle', ''),
			l.fields ->> 'status' is distinct from 'inactive')
		on conflict (email) do nothing returning * into person;
		continue when person.id is null;
		invited := invite and person.active;
		if invited then
			perform account_mail(id_beside(drawn, beside + 1), person.id, 'account_invite', person.email, 1);
		end if;
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event(case when invited then 'user.invited' else 'user.registered' end, id_beside(drawn, beside + 2), actor,
			who.role, request_id, traceparent, 'accountId', person.id, jsonb_strip_nulls(jsonb_build_object('email', person.email,
				'role', person.role, 'language', case when invited then person.language end)), origin) e;
		made := made + 1;
	end loop;
end $$;
revoke execute on function person_import(uuid, jsonb, boolean, uuid, text, text, text) from public;
