-- What a comment said before each edit, the first first.
create or replace function comment_edits_json(comment uuid) returns jsonb
language plpgsql stable as $$
begin
	return (
		select coalesce(jsonb_agg(jsonb_build_object('content', e.content, 'editedAt', e.edited_at, 'userId', e.editor_id)
			order by e.id), '[]')
		from ticket_comment_edits e where e.comment_id = comment);
end $$;
