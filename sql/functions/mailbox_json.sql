-- A mailbox as staff is shown it: Mailbox of queues/answers.def.
create or replace function mailbox_json(m mailboxes) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', m.id, 'address', m.address, 'name', m.name, 'language', m.language, 'category', m.category,
		'priority', m.priority, 'signature', m.signature, 'strangers', m.strangers, 'answers', m.answers,
		'watchCopied', m.watch_copied, 'trustReplyTo', m.trust_reply_to, 'commands', m.commands, 'active', m.active,
		'version', m.version, 'createdAt', m.created_at, 'updatedAt', m.updated_at)
$$;
