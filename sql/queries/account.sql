-- account.sql - the account worker's load and store: profiles, never credentials. Load takes no
-- row locks: only this worker's role may write these columns of an account that is there, and
-- store checks versions.

-- name: profile_load :many
select a.id, a.first_name, a.last_name, a.phone, a.department, a.job_title, a.bio, a.language, a.timezone, a.theme,
	a.version
from unnest($1::uuid[]) as wanted(id) join accounts a using (id)

-- name: profile_update :one
-- All columns of each changed profile, once, against the version that was loaded.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as p(id uuid, first_name text, last_name text, phone text,
		department text, job_title text, bio text, language text, timezone text, theme text, version integer,
		loaded_version integer, updated_at timestamptz)
), written as (
	update accounts a set first_name = r.first_name, last_name = r.last_name, phone = r.phone,
		department = r.department, job_title = r.job_title, bio = r.bio, language = r.language,
		timezone = r.timezone, theme = r.theme, version = r.version, updated_at = r.updated_at
	from rows r
	where a.id = r.id and a.version = r.loaded_version
	returning 1
)
select expect_rows('profiles updated', $2::bigint, (select count(*) from written))
