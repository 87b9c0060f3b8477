-- Why: an operator mends what nobody could apply: he changes what a dead letter says, while what it said first is kept, or sets it
-- aside for good, with a reason.
alter table dead_letters
	add column first_body text,                   -- what it said before somebody changed it; null: nobody did
	add column edited_at timestamptz,
	add column edited_by uuid,                    -- null: guichetctl
	add column discarded_at timestamptz,
	add column discarded_by uuid,
	add column discarded_why text,
	drop constraint dead_letter_state_is_known,
	add constraint dead_letter_state_is_known check (state in ('open', 'replayed', 'discarded'));
create index dead_letters_open on dead_letters (died_at, id) where state = 'open';

-- A request is followed through everything that came of it, by the command, the request or the trace: the trail keeps longest, and is
-- written apart from what people wait for, so it is what is looked up. Neither column is part of the chain.
alter table audit_log
	add column request_id text,
	add column trace_id uuid;
create index audit_log_of_command on audit_log (command_id) where command_id is not null;
create index audit_log_of_request on audit_log (request_id) where request_id is not null;
create index audit_log_of_trace on audit_log (trace_id) where trace_id is not null;
create index webhook_deliveries_of_event on webhook_deliveries (event_id);
create index inbound_of_command on inbound_mails (command_id) where command_id is not null;

-- What each process runs with: told once, when it starts, secrets hidden by itself.
create unlogged table program_settings (
	instance uuid primary key references program_instances on delete cascade,
	told_at timestamptz not null default now(),
	settings jsonb not null                       -- [{"name", "value", "source", "isSecret"}]
);
