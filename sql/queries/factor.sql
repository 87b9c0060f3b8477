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

-- --- programs (ingress/account/api_token.c, service.c, ingress/http/api_tokens.c) --------------------------------------------------------------

-- name: api_tokens :many
select id, account, hash, scopes, coalesce(expires_s, 0), state, next_place from api_tokens_from($1::bigint)

-- name: api_tokens_used :exec
select api_tokens_used($1::jsonb)

-- name: api_token_make :one
select verdict, target, coalesce(expires_s, 0), is_admin
from api_token_make($1::uuid, $2::uuid, $3::uuid, $4, decode($5, 'hex'), $6::jsonb, $7, $8::uuid, $9, $10, $11)

-- name: api_token_end :one
select api_token_end($1::uuid, $2::uuid, $3::uuid, $4, $5, $6)

-- name: api_token_list :one
-- Of one's own account, or ($2) of another, for administrators: ok, forbidden. Those that are good, the newest first.
select case when $2::uuid is null or $2::uuid = $1::uuid or a.bits & 32 <> 0 then 'ok' else 'forbidden' end,
	coalesce((select jsonb_agg(jsonb_build_object('id', t.id, 'name', t.name, 'prefix', 'gct_' || left(replace(t.id::text, '-', ''), 12),
		'scopes', to_jsonb(t.scopes), 'createdAt', t.created_at, 'expiresAt', t.expires_at, 'lastUsedAt', t.last_used_at)
		order by t.created_at desc, t.id)
	from api_tokens t where t.account_id = coalesce($2::uuid, $1::uuid) and t.revoked_at is null and coalesce(t.expires_at > now(), true)),
	'[]')::text
from actor_of($1::uuid) a

-- name: service_make :one
select verdict, shown from service_make($1::uuid, $2::uuid, $3, $4::uuid, $5, $6, $7)
