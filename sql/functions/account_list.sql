-- One page of people. Staff finds them by their names and sees those; administrators find them by address and department,
-- too. wanted: page, limit, search, department, role, sortBy, sortOrder. Who is disabled is shown to administrators alone.
create or replace function account_list(actor uuid, access integer, wanted jsonb, out verdict text, out version bigint, out role text,
	out data text, out pagination text)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	who record;
	place record;
	asked tsquery := (words_asked(wanted ->> 'search')).words;
	sort text := coalesce(wanted ->> 'sortBy', 'name');
	falling boolean := coalesce(wanted ->> 'sortOrder' = 'desc', false);
	sees_all boolean;
	n bigint;
begin
	select * into who from actor_of(actor);
	select * into place from page_wanted(wanted, 20);
	role := who.role;
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled' when who.bits & access = 0 then 'forbidden'
		when place.number * place.size > 100000 then 'too_far' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	sees_all := who.bits & 32 <> 0;
	select jsonb_build_object('users', coalesce(jsonb_agg(person_json(a, sees_all)), '[]')), count(*) into data, n
	from account_page(wanted, asked, sees_all, sort, falling, place.size, place.skipped) a;
	if n = place.size or (n = 0 and place.number > 1) then
		select count(*) into n from account_page(wanted, asked, sees_all, null, false, 10000, 0);
	else
		n := place.skipped + n;
	end if;
	pagination := page_json(place.number, place.size, n);
end $$;
