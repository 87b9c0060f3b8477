-- Figures of the files that an account sees in lists: its own, everybody's for staff. The latest 100,000 are counted.
create or replace function file_figures(actor uuid, is_staff boolean) returns jsonb
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
begin
	return (
		with counted as materialized (
			select f.size, f.mime_type, f.scan_state from files f
			where f.deleted_at is null and f.place <> 'gone' and (is_staff or f.uploaded_by = actor)
			order by f.created_at desc limit 100000
		)
		select jsonb_build_object('totalFiles', count(*), 'totalSize', coalesce(sum(size), 0), 'averageSize', coalesce(round(avg(size)), 0),
			'isExact', count(*) < 100000,
			'byType', (select coalesce(jsonb_object_agg(mime_type, n), '{}') from (select mime_type, count(*) as n from counted group by mime_type) t),
			'byScanState', (select coalesce(jsonb_object_agg(scan_state, n), '{}') from (select scan_state, count(*) as n from counted group by scan_state) s))
		from counted);
end $$;
