-- The whole of a dead letter: DeadLetterWhole of queues/answers.def.
create or replace function dead_whole_json(letter dead_letters) returns jsonb
language sql stable as $$
	select dead_json(letter) || jsonb_build_object('headers', letter.headers, 'body', letter.body, 'firstBody', letter.first_body,
		'editedBy', letter.edited_by, 'discardedAt', letter.discarded_at, 'discardedBy', letter.discarded_by,
		'discardedWhy', letter.discarded_why)
$$;
