-- What is about people who sign in by another service.

-- name: federated_sign_in :one
select verdict, account, address, role, epoch, first_name, last_name, moved
from federated_sign_in($1, $2, $3::jsonb, decode($4, 'hex'), $5::bigint <> 0, $6::uuid, $7::uuid, $8::uuid, $9, $10, $11)
