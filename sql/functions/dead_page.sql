-- A page of the dead letters that fit, the latest first. wanted: as for dead_found(), with page and limit.
create or replace function dead_page(wanted jsonb, out data jsonb, out pagination jsonb)
language sql stable security definer set search_path = public, pg_temp as $$
	select (select coalesce(jsonb_agg(dead_json(page.letter) order by page.died_at desc, page.id desc), '[]')
			from (select f as letter, f.died_at, f.id from dead_found(wanted) f order by f.died_at desc, f.id desc limit p.size offset p.skipped) page),
		page_json(p.number, p.size, (select count(*) from (select from dead_found(wanted) limit 100000) counted))
	from page_wanted(wanted, 50) p
$$;
revoke execute on function dead_page(jsonb) from public;
