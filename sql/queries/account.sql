-- account.sql - the account worker's load and store: profiles, roles and who may sign in, never credentials. Load takes no
-- row locks: only this worker's role may write these columns of an account that is there, and
-- store checks versions. {profile ...} stands for columns of sql/columns/profile.def.

-- name: profile_load :many
select t.id, t.version, {profile read}
from unnest($1::uuid[]) as wanted(id) join accounts t using (id)

-- name: profile_update :one
-- All columns of each changed profile, once, against the version that was loaded.
with rows as (
	select * from jsonb_to_recordset($1::jsonb) as p(id uuid, version integer, loaded_version integer,
		updated_at timestamptz, {profile always types})
), written as (
	update accounts t set version = r.version, updated_at = r.updated_at, {profile always set}
	from rows r
	where t.id = r.id and t.version = r.loaded_version
	returning 1
)
select expect_rows('profiles updated', $2::bigint, (select count(*) from written))

-- name: people_admins :many
select id from accounts where role = 'admin' and active and deleted_at is null

-- name: people_tickets :many
-- Of who has left: the next open tickets, 200 for each of $1 (place, account, after). place is passed on.
select w.place, t.id
from jsonb_to_recordset($1::jsonb) as w(place integer, account uuid, after uuid)
	cross join lateral (
		select id from tickets
		where assignee_id = w.account and status <> 'closed' and deleted_at is null and merged_into is null
			and (w.after is null or id > w.after)
		order by id limit 200
	) t
order by w.place, t.id

-- name: person_trail :many
-- What is left of the trail of who was erased: for each of $1 (place, account, after) how many rows, $2 at most, and the last one.
select w.place, t.n, t.last
from jsonb_to_recordset($1::jsonb) as w(place integer, account uuid, after bigint), person_trail(w.account, w.after, $2::bigint) t

-- name: person_erase :one
select person_erase($1::uuid, $2::bigint, $3::bigint)

-- name: zones_load :many
-- Of the names in $1, a JSON list, those of the time zone database. What a system may add is no zone of anybody's.
select name from pg_timezone_names
where name in (select jsonb_array_elements_text($1::jsonb))
	and name !~ '^(posix|right)/' and name not in ('localtime', 'posixrules', 'Factory')
