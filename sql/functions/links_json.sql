-- The links of a ticket, from whichever end they were made: a list of Link of queues/answers.def.
create or replace function links_json(ticket uuid) returns jsonb
language sql stable as $$
	select coalesce(jsonb_agg(jsonb_build_object('ticketId', t.id, 'number', t.number, 'title', t.title, 'status', t.status,
		'kind', l.kind, 'direction', l.direction) order by l.created_at), '[]')
	from (
		select other_id as id, kind, 'out' as direction, created_at from ticket_links where ticket_id = ticket
		union all
		select ticket_id, kind, 'in', created_at from ticket_links where other_id = ticket
	) l join tickets t on t.id = l.id and t.deleted_at is null
$$;
