-- Why: programs are replaced one after another, workers first and ingress last, and the schema is there before the first
-- of them. What a program of the version before asks for and writes must go on working until it is gone; the next
-- version drops it. An owner is shown no tags by an older ingress either.

alter table sessions alter column epoch set default 0; -- of an account that has another, it is not renewed
alter table tickets alter column public_version set default 1, alter column public_updated_at set default now();

create function revocations_since(since bigint, seconds bigint) returns table (id uuid, epoch integer, at bigint)
language plpgsql stable set plan_cache_mode = force_custom_plan as $$
declare
	oldest timestamptz := greatest(to_timestamp(since / 1000000.0) - interval '15 seconds', now() - make_interval(secs => seconds));
begin
	return query
	select s.id, null::integer, (extract(epoch from s.revoked_at) * 1000000)::bigint from sessions s where s.revoked_at > oldest
	union all
	select a.id, a.epoch, (extract(epoch from a.epoch_at) * 1000000)::bigint from accounts a where a.epoch_at > oldest;
end $$;

create function ticket_json(t tickets, is_staff boolean) returns jsonb
language sql stable as $$ select ticket_json(t, is_staff, 0) $$;

create function comment_json(c ticket_comments) returns jsonb
language sql stable as $$ select comment_json(c, c.seq::bigint) $$;

create function history_json(h ticket_history) returns jsonb
language sql stable as $$ select history_json(h, h.id, h.version::bigint) $$;
