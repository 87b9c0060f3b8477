-- The files that came with a comment, for who may read the comment.
create or replace function comment_files_json(comment uuid) returns jsonb
language plpgsql stable as $$
begin
	return (select coalesce(jsonb_agg(file_json(f) order by f.created_at, f.id), '[]') from files f
		where f.comment_id = comment and f.deleted_at is null and f.scan_state <> 'infected' and f.place <> 'gone');
end $$;
