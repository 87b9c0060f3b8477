-- Why: all that is kept of one person is read at once (sql/functions/person_takeaway.sql), and by whom a comment is and to whom
-- a mail went was not found without reading all of them.
create index if not exists ticket_comments_of_author on ticket_comments (author_id, id);
create index if not exists mails_of_account on mails (recipient_id, id) where recipient_id is not null;
