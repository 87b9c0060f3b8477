-- Why: files travel with requests and comments, and nothing is shown before it was looked at.
--
-- A file's bytes wait in the bucket helpdesk-temp under the file's own id. The scan worker reads them there and moves them:
-- what is clean to helpdesk-tickets (helpdesk-avatars) under its SHA-256, where the same content lies once for however many
-- rows; what is infected to quarantine. Only what lies in those two buckets is ever served, so a program that
-- forgets to look at scan_state finds nothing to give away.
--
-- Two programs write this table, each its own columns: the ticket worker what people do with a file (it raises version),
-- the scan worker what was found in it, from scan_state on.
create table files (
	id uuid primary key,                      -- the last hexadecimal digit is its lane, the ticket's if it came with one
	name text not null,                       -- as it came, in NFC, without path and control characters
	size bigint not null,                     -- bytes
	mime_type text not null,                  -- by content
	sha256 bytea not null,
	purpose text not null default 'ticket',
	description text,
	is_public boolean not null default false,
	uploaded_by uuid references accounts,
	ticket_id uuid references tickets,        -- null: waits for a ticket, for a day
	comment_id uuid references ticket_comments,
	created_at timestamptz not null,
	updated_at timestamptz not null,
	version integer not null default 1,
	deleted_at timestamptz,
	deleted_by uuid,
	refused_at timestamptz,                   -- found infected while it hung on a ticket, which counts it no more

	scan_state text not null default 'pending',
	scan_note text,                           -- the signature's name, or why it could not be looked at
	scan_engine text,                         -- what clamd said of itself, or 'none' with ENABLE_VIRUS_SCAN=false
	scanned_at timestamptz,
	scan_attempts integer not null default 0,
	next_scan_at timestamptz default now(),   -- while pending: when it is tried again
	expired_at timestamptz,                   -- since when its bytes are to be removed for good (files_expire)
	place text not null default 'temp',       -- which bucket the bytes are in; gone: removed for good
	picture jsonb,                            -- of a picture: {"width":, "height":, "preview": bytes, "thumbnail": bytes}

	constraint file_size_is_positive check (size >= 0),
	constraint file_name_fits check (octet_length(name) between 1 and 255),
	constraint file_hash_is_sha256 check (octet_length(sha256) = 32),
	constraint file_purpose_is_known check (purpose in ('ticket', 'avatar')),
	constraint file_scan_state_is_known check (scan_state in ('pending', 'clean', 'infected', 'unscannable', 'error')),
	constraint file_place_is_known check (place in ('temp', 'kept', 'quarantine', 'gone')),
	constraint file_is_kept_when_clean check (place <> 'kept' or scan_state = 'clean'),
	constraint file_of_comment_has_ticket check (comment_id is null or ticket_id is not null)
);
create index files_of_ticket on files (ticket_id, created_at) where ticket_id is not null;
create index files_by_uploader on files (uploaded_by, created_at);
create index files_by_hash on files (sha256);
create index files_to_scan on files (next_scan_at) where scan_state = 'pending';
create index files_scanned on files (scanned_at) where place = 'kept';
create index files_unattached on files (created_at) where ticket_id is null and purpose = 'ticket' and place <> 'gone';
create index files_expired on files (expired_at) where expired_at is not null and place <> 'gone';
create index files_quarantined on files (scanned_at) where place = 'quarantine';
create index files_deleted on files (deleted_at) where deleted_at is not null and place <> 'gone';
create index files_by_age on files (created_at, id);
create index files_of_comment on files (comment_id) where comment_id is not null;
create index files_as_avatars on files (uploaded_by, created_at, id) where purpose = 'avatar' and scan_state = 'clean';

-- Who was shown what, written by the statement that permits it.
create table file_access_logs (
	id bigint generated always as identity primary key,
	file_id uuid not null,
	user_id uuid,                             -- null: a public file, or a signed link without an account
	action text not null,
	ip_address text,
	user_agent text,
	created_at timestamptz not null default now(),
	constraint file_action_is_known check (action in ('UPLOAD', 'READ', 'DOWNLOAD', 'PREVIEW', 'UPDATE', 'DELETE', 'RESTORE'))
);
create index file_access_logs_of_file on file_access_logs (file_id, id);
create index file_access_logs_by_age on file_access_logs (created_at);

-- What a ticket holds, for its limits: counted by its lane. Files of deleted rows and infected ones do not count.
alter table tickets add column file_count integer not null default 0, add column file_bytes bigint not null default 0;

-- How many came with a comment, deleted since or not; 0: nobody needs to look for them.
alter table ticket_comments add column file_count integer not null default 0;

-- What a signed link that counts once was used for.
create table file_link_uses (
	link_hash bytea primary key,
	used_at timestamptz not null default now(),
	expires_at timestamptz not null
);
create index file_link_uses_by_end on file_link_uses (expires_at);
