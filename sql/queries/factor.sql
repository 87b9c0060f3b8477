-- factor.sql - second factors (ingress/account/totp.c, second_factor.c).

-- name: factor_find :one
-- Of an account: what its code is held against, who it is, and for how many more seconds it is locked. enabled, the sealed secret,
-- the recovery codes that are left; then as credential_find.
select a.id, c.password_hash, a.active, a.role, a.epoch, a.first_name, a.last_name,
	coalesce(ceil(extract(epoch from greatest(l.locked_until - now(), interval '0'))), 0)::bigint,
	a.email, encode(f.secret, 'hex'), f.confirmed_at is not null, to_json(f.confirmed_at) #>> '{}',
	(select count(*) from recovery_codes r where r.account_id = a.id and r.used_at is null)
from accounts a left join credentials c on c.account_id = a.id left join sign_in_failures l on l.email = a.email
left join totp_factors f on f.account_id = a.id
where a.id = $1::uuid

-- name: totp_enrol :one
select totp_enrol($1::uuid, $2, decode($3, 'hex'))

-- name: totp_confirm :one
select totp_confirm($1::uuid, decode($2, 'hex'), $3::bigint, $4::jsonb, $5::uuid, $6::uuid, $7::bigint::integer, $8, $9, $10)

-- name: totp_disable :one
select totp_disable($1::uuid, $2, $3::bigint, decode($4, 'hex'), $5::uuid, $6::uuid, $7::bigint::integer, $8, $9, $10)

-- name: totp_recover :one
select totp_recover($1::uuid, $2, $3::bigint, decode($4, 'hex'), $5::jsonb, $6::uuid, $7, $8, $9)

-- name: totp_remove :one
select totp_remove($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::bigint::integer, $6, $7, $8)
