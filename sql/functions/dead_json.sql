-- A dead letter as it is shown: DeadLetter of queues/answers.def.
create or replace function dead_json(letter dead_letters) returns jsonb
language sql stable as $$
	select jsonb_build_object('id', letter.id, 'state', letter.state, 'queue', letter.queue, 'type', letter.type, 'reason', letter.reason,
		'diedAt', letter.died_at, 'acceptedAt', to_timestamp(dead_place(letter) / 1000000.0), 'commandId', letter.command_id,
		'exchange', letter.exchange, 'routingKey', letter.routing_key, 'replays', letter.replays, 'replayedAt', letter.replayed_at,
		'editedAt', letter.edited_at)
$$;
