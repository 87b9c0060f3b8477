-- A comment, as it is shown: Comment of queues/answers.def. The place is that among the comments which the reader sees.
create or replace function comment_json(c ticket_comments, place bigint) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'seq', place, 'userId', c.author_id,
		'content', c.content, 'isInternal', c.is_internal, 'createdAt', c.created_at, 'editedAt', c.edited_at)
$$;

-- For an ingress of the version before.
create or replace function comment_json(c ticket_comments) returns jsonb
language sql stable as $$ select comment_json(c, c.seq::bigint) $$;
