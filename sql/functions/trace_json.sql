-- The story of one thing: TraceOf of queues/answers.def; null: nothing of this name is known. notes say what is not kept so long.
create or replace function trace_json(wanted text) returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare
	found_one record;
	steps jsonb;
	first_at timestamptz;
	told bigint;
begin
	select * into found_one from trace_found(wanted);
	if found_one.kind is null then
		return null;
	end if;
	select coalesce(jsonb_agg(jsonb_build_object('at', s.at, 'step', s.step, 'what', s.what, 'id', s.id, 'outcome', s.outcome,
			'detail', nullif(s.detail, '')) order by s.at nulls first, s.rank, s.id), '[]'), min(s.at), count(*)
	into steps, first_at, told
	from trace_steps(found_one.of_commands, found_one.of_events, found_one.of_mails, found_one.of_inbounds, found_one.of_files) s;
	return jsonb_build_object('id', wanted, 'kind', found_one.kind, 'isWhole', told < 500, 'steps', steps, 'notes', to_jsonb(array_remove(array[
		case when first_at < now() - interval '30 days' then 'older than 30 days: how commands ended and what was sent to webhooks is kept no longer' end,
		case when first_at < now() - interval '90 days' then 'older than 90 days: notifications, mails and settled dead letters are kept no longer' end,
		case when told >= 500 then 'these are the latest 500 steps' end], null)));
end $$;
revoke execute on function trace_json(text) from public;
