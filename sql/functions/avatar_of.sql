-- The file that is an account's avatar: the latest clean one, deleted or not, so that who deletes it does not get the one
-- before back. Null: there is none, or it was deleted.
create or replace function avatar_of(account uuid) returns uuid
language plpgsql stable as $$
declare
	latest record;
begin
	select f.id, f.deleted_at into latest from files f
	where f.uploaded_by = account and f.purpose = 'avatar' and f.scan_state = 'clean'
	order by f.created_at desc, f.id desc limit 1;
	return case when latest.deleted_at is null then latest.id end;
end $$;
