-- db_queries.sql - what db_test.c and db_loop_test.c ask.

-- name: test_echo :one
SELECT $1::text /* a comment with ; and $9 */ -- and another, $7

-- name: test_add :exec
INSERT INTO db_test_words (word) VALUES ($1);

-- name: test_count :one
SELECT count(*), bool_or(true), NULL::bigint FROM db_test_words WHERE word <> '; -- $5'

-- name: test_divide :one
SELECT 1 / $1::int

-- name: test_no_table :one
SELECT * FROM db_test_absent

-- name: test_inbox :exec
INSERT INTO inbox_test (id) VALUES ($1)

-- name: test_late :exec
INSERT INTO db_test_late (id) VALUES ($1)

-- name: test_raise :exec
SELECT db_test_raise($1)

-- name: test_pid :one
SELECT pg_backend_pid(), 'back\slash "quoted"'

-- name: test_kill :one
SELECT pg_terminate_backend($1::int)

-- name: test_uuid :one
SELECT $1::uuid, $2::int

-- name: test_shape :many
SELECT * FROM db_test_shape

-- name: test_sleep :exec
SELECT pg_sleep($1::float8)
