-- Says which files are to be removed for good; the scan worker then removes their bytes (workers/scan/cleanup.c), and from
-- now on they are nobody's. After unattached_s seconds: what was uploaded and never attached. After kept_s: what was
-- deleted, what lies in quarantine, and avatars that another has replaced. dry: only counts. 10,000 a call, so that it ends in time.
create or replace function files_expire(unattached_s bigint, kept_s bigint, dry boolean, out removed bigint, out bytes bigint)
language plpgsql set plan_cache_mode = force_custom_plan as $$
declare
	long_ago timestamptz := now() - make_interval(secs => kept_s);
	due uuid[];
begin
	select array_agg(d.id), count(*), coalesce(sum(d.size), 0) into due, removed, bytes
	from (
		select id, size from files
		where ticket_id is null and purpose = 'ticket' and place <> 'gone' and created_at < now() - make_interval(secs => unattached_s)
			and expired_at is null
		union
		select id, size from files where deleted_at is not null and place <> 'gone' and deleted_at < long_ago and expired_at is null
		union
		select id, size from files where place = 'quarantine' and scanned_at < long_ago and expired_at is null
		union
		select id, size from files f where purpose = 'avatar' and place = 'kept' and created_at < long_ago and expired_at is null
			and id is distinct from avatar_of(f.uploaded_by)
		limit 10000
	) d;
	if not dry then
		update files set expired_at = now() where id = any (due);
	end if;
end $$;
