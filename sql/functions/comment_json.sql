-- A comment, as it is shown: Comment of queues/answers.def. The place is that among the comments which the reader sees;
-- from_number, the number of the ticket that it was made on, when that was merged into the one that is read. No query
-- stands in it: see ticket_json.sql.
create or replace function comment_json(c ticket_comments, place bigint, from_number text, is_staff boolean) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', c.id, 'ticketId', c.ticket_id, 'seq', place, 'userId', c.author_id,
		'content', c.content, 'isInternal', c.is_internal, 'createdAt', c.created_at, 'editedAt', c.edited_at,
		'edited', c.edited_at is not null,
		'files', case when c.file_count > 0 then comment_files_json(c.id) else '[]' end)
		|| case when from_number is not null then jsonb_build_object('fromTicket', from_number) else '{}' end
		|| case when c.inbound_id is not null then jsonb_build_object('mail', mail_said_json(c.inbound_id, is_staff)) else '{}' end
		|| case when c.split_into is not null then jsonb_build_object('becameTicket', jsonb_build_object('id', c.split_into,
			'number', ticket_number_of(c.split_into))) else '{}' end
		|| case when is_staff and c.edited_at is not null then jsonb_build_object('edits', comment_edits_json(c.id)) else '{}' end
$$;

-- For an ingress of the version before.
create or replace function comment_json(c ticket_comments, place bigint) returns jsonb
language sql stable as $$ select comment_json(c, place, null, false) $$;
create or replace function comment_json(c ticket_comments) returns jsonb
language sql stable as $$ select comment_json(c, c.seq::bigint) $$;
