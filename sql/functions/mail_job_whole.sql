-- A mail with the dialogue of its last attempt, and why nothing is sent to its address, if so. Null: there is none.
create or replace function mail_job_whole(job uuid) returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	select mail_job_json(m) || jsonb_build_object('transcript', m.transcript, 'suppressed', s.reason)
	from mails m left join mail_suppressions s on s.address = lower(m.recipient)
	where m.id = job
$$;
revoke execute on function mail_job_whole(uuid) from public;
