-- Why: an administrator of the API may ask for a backup, which only a program with the owner's rights can take. What is
-- asked for waits in the list of backups.

alter table backups drop constraint if exists backup_outcome_is_known, drop constraint if exists backup_that_ended_has_ended_at;
alter table backups add constraint backup_outcome_is_known check (outcome in ('wanted', 'running', 'done', 'failed')),
	add constraint backup_that_ended_has_ended_at check ((outcome in ('wanted', 'running')) = (ended_at is null));
-- One that was asked for (by_whom) at a time.
create unique index if not exists backups_wanted_once on backups ((true)) where by_whom is not null and ended_at is null;

-- Why: a dead letter opens again when its replayed message dies, and only then. Such a message says since this version how often it was
-- replayed. One that is just under way does not, and counts as never replayed: so do the letters of the last day.
update dead_letters set replays = 0 where state = 'replayed' and replayed_at > now() - interval '1 day';
