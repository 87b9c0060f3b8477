-- Why: a merge copied one text of a ticket into the other and lost the rest, could not be taken back, and made one
-- person a watcher of another's conversation. It moves nothing now: merged tickets are read together, and what was
-- brought into columns of the other ticket is written down. A comment keeps what it said before it was edited, and
-- knows the ticket that it became; a ticket knows the one that it follows.
alter table tickets
	add column merged_at timestamptz,
	add column merge_brought text,
	add column merged_count integer not null default 0,
	add column follow_up_to uuid,
	add column description_author_id uuid;
create index tickets_merged_into on tickets (merged_into) where merged_into is not null;
update tickets t set merged_count = m.n
from (select merged_into as id, count(*) as n from tickets where merged_into is not null group by 1) m
where t.id = m.id;

alter table ticket_comments add column split_into uuid;
create table ticket_comment_edits (
	id bigint generated always as identity primary key,
	comment_id uuid not null references ticket_comments,
	editor_id uuid,
	edited_at timestamptz not null,
	content text not null
);
create index ticket_comment_edits_of_comment on ticket_comment_edits (comment_id, id);
