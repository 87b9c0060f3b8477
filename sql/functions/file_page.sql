-- Files that an account is shown in a list, the newest first: see file_list.sql. Planned for each call.
create or replace function file_page(wanted jsonb, actor uuid, is_staff boolean, sees_all boolean, most bigint, skipped bigint)
returns setof files
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	sought text := '%' || replace(replace(replace(lower(wanted ->> 'q'), '\', '\\'), '%', '\%'), '_', '\_') || '%';
	kind text := lower(wanted ->> 'type');
begin
	return query
	select f.* from files f
	where f.deleted_at is null and f.place <> 'gone'
		and (sees_all or f.uploaded_by = actor or (wanted ? 'q' and is_staff and f.ticket_id is not null))
		and (not wanted ? 'cursor' or (f.created_at, f.id) < (cursor_time(wanted ->> 'cursor'), cursor_id(wanted ->> 'cursor')))
		and (kind is null or f.mime_type = kind or f.mime_type like kind || '/%')
		and (sought is null or lower(f.name) like sought or lower(f.description) like sought)
		and (f.ticket_id is null or exists (select from tickets t where t.id = f.ticket_id and t.deleted_at is null
			and (is_staff or t.owner_id = actor)))
		and (is_staff or f.comment_id is null
			or exists (select from ticket_comments c where c.id = f.comment_id and not c.is_internal))
	order by f.created_at desc, f.id desc
	limit most offset skipped;
end $$;
