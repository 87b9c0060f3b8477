-- The links of a ticket and of those that were merged into it, from whichever end they were made: a list of Link of
-- queues/answers.def. A merge is a link, too: duplicate.
create or replace function links_json(ticket uuid) returns jsonb
language plpgsql stable as $$
begin
	return (select coalesce(jsonb_agg(jsonb_build_object('ticketId', t.id, 'number', t.number, 'title', t.title, 'status', t.status,
		'kind', l.kind, 'direction', l.direction) order by l.created_at, t.id), '[]')
	from (
		select id, kind, direction, min(created_at) as created_at
		from (
			select l.other_id as id, l.kind, 'out' as direction, l.created_at
			from ticket_family(ticket, true) f(id) join ticket_links l on l.ticket_id = f.id
			union all
			select l.ticket_id, l.kind, 'in', l.created_at
			from ticket_family(ticket, true) f(id) join ticket_links l on l.other_id = f.id
			union all
			select m.merged_into, 'duplicate', 'out', m.merged_at from tickets m where m.id = ticket and m.merged_at is not null
			union all
			select m.id, 'duplicate', 'in', m.merged_at from tickets m where m.merged_into = ticket and m.merged_at is not null
		) made
		where id <> ticket
		group by id, kind, direction
	) l join tickets t on t.id = l.id and t.deleted_at is null);
end $$;
