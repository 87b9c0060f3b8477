-- Another service tells of somebody who has registered there: an account without a credential, unless it is there already, by its
-- address and its id when one is given. verdict: made, known, or taken (the id or the address is another account's).
create or replace function person_registered(wanted jsonb, id uuid, told uuid, request_id text, traceparent text, origin text,
	out verdict text, out data text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	wanted_id uuid := coalesce((wanted ->> 'userId')::uuid, id);
	person accounts;
begin
	insert into accounts (id, email, first_name, last_name, language)
	values (wanted_id, lower(wanted ->> 'email'), coalesce(wanted ->> 'firstName', ''), coalesce(wanted ->> 'lastName', ''),
		coalesce(nullif(wanted ->> 'language', ''), 'fr'))
	on conflict do nothing returning * into person;
	if person.id is null then
		select * into person from accounts a where a.email = lower(wanted ->> 'email')
			and (wanted ->> 'userId' is null or a.id = wanted_id);
		verdict := case when person.id is null then 'taken' else 'known' end;
	else
		verdict := 'made';
		insert into outbox (exchange, routing_key, type, headers, body)
		select e.* from outbox_event('user.registered', told, null, null, request_id, traceparent, 'accountId', person.id,
			jsonb_build_object('email', person.email, 'role', person.role), origin) e;
	end if;
	data := case when person.id is not null then person_sheet(person, true) end;
end $$;
revoke execute on function person_registered(jsonb, uuid, uuid, text, text, text) from public;
