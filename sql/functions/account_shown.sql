-- One account for who asks: himself, an agent, a manager, an administrator, or a service. verdict: ok, disabled, forbidden, missing.
create or replace function account_shown(actor uuid, access integer, wanted accounts, itself boolean, out verdict text, out version bigint,
	out role text, out data text, out pagination text)
language sql stable as $$
	select case when not a.active then 'disabled' when a.bits & access = 0 or not (a.is_staff or itself or a.bits & 256 <> 0) then 'forbidden'
			when wanted.id is null then 'missing' else 'ok' end, null::bigint, a.role,
		case when a.active and a.bits & access <> 0 and (a.is_staff or itself or a.bits & 256 <> 0) and wanted.id is not null then account_json(wanted)::text end, null::text
	from actor_of(actor) a
$$;
