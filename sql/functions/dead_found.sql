-- The dead letters that fit, in no order. chosen: ids, state (open unless it is said or ids are named; any), type, queue ("cmd.ticket"
-- stands for its lanes, too), error (a part of the reason), text (a part of body or headers), and from and until, between which
-- they died. Inlined, so that the indexes count.
create or replace function dead_found(chosen jsonb) returns setof dead_letters
language sql stable as $$
	select d.* from dead_letters d
	where (not chosen ? 'ids' or d.id = any (array(select jsonb_array_elements_text(chosen -> 'ids')::uuid)))
		and (d.state = coalesce(chosen ->> 'state', case when chosen ? 'ids' then 'any' else 'open' end)
			or coalesce(chosen ->> 'state', case when chosen ? 'ids' then 'any' else 'open' end) = 'any')
		and (not chosen ? 'type' or d.type = chosen ->> 'type')
		and (not chosen ? 'queue' or d.queue = chosen ->> 'queue' or starts_with(d.queue, (chosen ->> 'queue') || '.'))
		and (not chosen ? 'error' or strpos(lower(d.reason), lower(chosen ->> 'error')) > 0)
		and (not chosen ? 'text' or strpos(lower(d.body), lower(chosen ->> 'text')) > 0
			or strpos(lower(d.headers::text), lower(chosen ->> 'text')) > 0)
		and (not chosen ? 'from' or d.died_at >= moment_of(chosen ->> 'from'))
		and (not chosen ? 'until' or d.died_at < moment_of(chosen ->> 'until'))
$$;
