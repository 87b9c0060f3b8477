-- migrate.sql - what has been applied; for migrate.c.

-- name: migrate_applied :many
SELECT name, checksum FROM schema_migrations ORDER BY name

-- name: migrate_record :exec
INSERT INTO schema_migrations (name, checksum) VALUES ($1, $2)

-- name: migrate_role_exists :one
SELECT 1 FROM pg_roles WHERE rolname = $1
