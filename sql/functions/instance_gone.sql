-- A process has ended as it was told to: it is missed by nobody. With it go those that were not heard of for a day.
create or replace function instance_gone(process uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
	perform set_config('synchronous_commit', 'off', true);
	delete from program_instances where (instance = process and (session_user not like 'guichet\_%'
		or session_user = 'guichet_' || program)) or seen_at < now() - interval '1 day';
end $$;
revoke execute on function instance_gone(uuid) from public;
