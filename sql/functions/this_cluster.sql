-- A logical restore (pg_dump, pg_restore) brings the rows and the cursor into a cluster that counts its transactions
-- anew. The cursor says whose ids it speaks of; the relay refuses another cluster's until `guichetctl outbox rebase`.
create or replace function this_cluster() returns bigint
language sql stable parallel safe as $$ select system_identifier from pg_control_system() $$;
