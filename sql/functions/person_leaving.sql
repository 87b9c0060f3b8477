-- What would happen if somebody left: Leaving of queues/answers.def. The tickets are those of people_tickets
-- (sql/queries/account.sql). verdict: ok, missing, forbidden, disabled, too_far, or wrong:handOverTo, who cannot get them.
create or replace function person_leaving(actor uuid, access integer, wanted jsonb, out verdict text, out role text, out data text,
	out pagination text)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	who record;
	page record;
	person accounts;
	next_one accounts;
	total bigint;
begin
	select * into who from actor_of(actor);
	select * into page from page_wanted(wanted, 20);
	select * into person from accounts a where a.id = (wanted ->> 'accountId')::uuid and a.deleted_at is null;
	select * into next_one from accounts a where a.id = (wanted ->> 'handOverTo')::uuid and a.active and a.role not in ('user', 'service')
		and a.id <> person.id;
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when person.id is null then 'missing' when page.number * page.size > 100000 then 'too_far'
		when wanted ? 'handOverTo' and next_one.id is null then 'wrong:handOverTo' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	with open as (
		select t.* from tickets t where t.assignee_id = person.id and t.status <> 'closed' and t.deleted_at is null
			and t.merged_into is null
	), shown as (
		select * from open order by id limit page.size offset page.skipped
	)
	select jsonb_build_object('tickets', (select coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'number', s.number, 'title', s.title,
			'status', s.status, 'priority', s.priority) order by s.id), '[]') from shown s),
		'handOverTo', case when next_one.id is not null then jsonb_build_object('id', next_one.id, 'firstName', next_one.first_name,
			'lastName', next_one.last_name) end,
		'lastAdministrator', person.role = 'admin' and person.active and not exists (select from accounts a where a.role = 'admin'
			and a.active and a.deleted_at is null and a.id <> person.id)),
		(select count(*) from open)
	into data, total;
	pagination := page_json(page.number, page.size, total);
end $$;
