-- All policies in their order. Few, so there are no pages.
create or replace function policies_json() returns jsonb
language plpgsql stable as $$
begin
	return (select coalesce(jsonb_agg(policy_json(v, place::integer, p.created_at) order by place), '[]')
		from (select *, row_number() over (order by position, id) as place from sla_policies where deleted_at is null) p
			join sla_policy_versions v on v.policy_id = p.id and v.version = p.version);
end $$;
