-- What became of all mail that was taken: InboundLedger of queues/answers.def. Each is counted by itself, so that the sum can
-- disagree: a row whose outcome is none of them, or that was counted twice, shows.
create or replace function inbound_ledger() returns jsonb
language sql stable as $$
	with counted as (
		select (select count(*) from inbound_mails) as received,
			(select count(*) from inbound_mails where outcome is null) as waiting,
			(select count(*) from inbound_mails where outcome = 'ticket') as ticket,
			(select count(*) from inbound_mails where outcome = 'reply') as reply,
			(select count(*) from inbound_mails where outcome = 'bounce') as bounce,
			(select count(*) from inbound_mails where outcome = 'auto') as auto,
			(select count(*) from inbound_mails where outcome = 'duplicate') as duplicate,
			(select count(*) from inbound_mails where outcome = 'quarantined') as quarantined,
			(select count(*) from inbound_mails where command_id is not null and applied is null
				and outcome_at < now() - interval '1 minute') as unapplied,
			(select count(*) from inbound_mails where approval = 'waiting') as approvals,
			(select coalesce(extract(epoch from now() - min(accepted_at))::bigint, 0) from inbound_mails where outcome is null) as oldest
	)
	select jsonb_build_object('received', received, 'waiting', waiting, 'ticket', ticket, 'reply', reply, 'bounce', bounce,
		'auto', auto, 'duplicate', duplicate, 'quarantined', quarantined, 'unapplied', unapplied, 'approvals', approvals,
		'agrees', received = waiting + ticket + reply + bounce + auto + duplicate + quarantined, 'oldestWaitingSeconds', oldest)
	from counted
$$;
