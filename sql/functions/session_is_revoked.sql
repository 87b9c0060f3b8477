-- Trigger: by which transaction a session was revoked; an ingress asks for what is new by that number (revocations_from).
create or replace function session_is_revoked() returns trigger
language plpgsql as $$
begin
	new.revoked_xid := pg_current_xact_id();
	return new;
end $$;
