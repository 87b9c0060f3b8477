-- Figures of all accounts: PeopleFigures of queues/answers.def.
create or replace function people_figures() returns jsonb
language plpgsql stable as $$
begin
	return (
		with people as materialized (select role, active, department, created_at from accounts where deleted_at is null),
		figures as (
			select count(*) as n, count(*) filter (where active) as active,
				count(*) filter (where created_at > now() - interval '7 days') as week,
				count(*) filter (where created_at > now() - interval '30 days') as month
			from people
		)
		select jsonb_build_object('total_users', n, 'totalUsers', n, 'active_users', active, 'activeUsers', active,
			'new_users_7d', week, 'new_users_30d', month,
			'departments', (select coalesce(jsonb_object_agg(department, d.n), '{}') from (
				select department, count(*) as n from people where active and department <> '' group by department
				order by count(*) desc, department limit 100) d),
			'byRole', (select coalesce(jsonb_object_agg(role, r.n), '{}') from (select role, count(*) as n from people group by role) r))
		from figures);
end $$;
