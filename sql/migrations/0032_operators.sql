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
