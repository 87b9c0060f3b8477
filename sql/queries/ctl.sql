-- ctl.sql - what guichetctl reads and changes. A change and the event that tells of it are one statement.

-- name: ctl_user_add :one
-- No row when the address is taken.
with account as (
	insert into accounts (id, email, role, first_name, last_name, language)
	values ($1::uuid, lower($2), $3, $4, $5, $6)
	on conflict (email) do nothing
	returning id, email, role
), credential as (
	insert into credentials (account_id, password_hash) select id, $7 from account
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select 'guichet.events', 'user.registered', 'user.registered', jsonb_build_object('message_id', $8::uuid),
		jsonb_build_object('id', $8::uuid, 'type', 'user.registered', 'occurredAt', now(), 'actorId', null,
			'accountId', id, 'data', jsonb_build_object('email', email, 'role', role))::text
	from account
)
select id, email from account

-- name: ctl_user_find :one
select id, role from accounts where email = lower($1)

-- name: ctl_user_role :one
-- The account, its role before, and whether that changed. A raised epoch ends what was signed in with the old role.
with target as (
	select id, role from accounts where email = lower($1) for update
), changed as (
	update accounts a set role = $2, epoch = a.epoch + 1, updated_at = now()
	from target t where a.id = t.id and a.role <> $2
	returning a.id, t.role as old_role, a.role
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select 'guichet.events', 'user.role_changed', 'user.role_changed', jsonb_build_object('message_id', $3::uuid),
		jsonb_build_object('id', $3::uuid, 'type', 'user.role_changed', 'occurredAt', now(), 'actorId', null,
			'accountId', id, 'data', jsonb_build_object('oldRole', old_role, 'newRole', role))::text
	from changed
)
select id, role, exists (select from changed) from target

-- name: ctl_user_passwd :one
-- Every session of the account ends with its old password.
with account as (
	update accounts set epoch = epoch + 1, updated_at = now() where email = lower($1) returning id
), credential as (
	insert into credentials (account_id, password_hash) select id, $2 from account
	on conflict (account_id) do update set password_hash = excluded.password_hash, changed_at = now()
), ended as (
	update sessions s set revoked_at = now() from account a where s.account_id = a.id and s.revoked_at is null
	returning 1
), told as (
	insert into outbox (exchange, routing_key, type, headers, body)
	select 'guichet.events', 'user.password_changed', 'user.password_changed', jsonb_build_object('message_id', $3::uuid),
		jsonb_build_object('id', $3::uuid, 'type', 'user.password_changed', 'occurredAt', now(), 'actorId', null,
			'accountId', id, 'data', '{}'::jsonb)::text
	from account
)
select id, (select count(*) from ended) from account

-- name: ctl_user_list :many
select id, email, role, active, first_name, last_name, language, to_json(created_at) #>> '{}', to_json(last_login_at) #>> '{}'
from accounts
where ($1::text is null or role = $1)
order by email
limit $2::bigint
