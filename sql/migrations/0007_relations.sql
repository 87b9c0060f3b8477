-- Why: tickets that have to do with each other. A link belongs to the ticket whose lane wrote it;
-- a read looks from both ends.
create table ticket_links (
	ticket_id uuid not null references tickets,
	other_id uuid not null references tickets,
	kind text not null,
	created_at timestamptz not null,
	actor_id uuid,
	primary key (ticket_id, other_id, kind),
	constraint ticket_link_joins_two check (ticket_id <> other_id),
	constraint ticket_link_kind_is_known check (kind in ('related', 'duplicate', 'blocks', 'parent', 'split'))
);
create index ticket_links_of_other on ticket_links (other_id);

create function links_json(ticket uuid) returns jsonb
language sql stable as $$
	select coalesce(jsonb_agg(jsonb_build_object('ticketId', t.id, 'number', t.number, 'title', t.title, 'status', t.status,
		'kind', l.kind, 'direction', l.direction) order by l.created_at), '[]')
	from (
		select other_id as id, kind, 'out' as direction, created_at from ticket_links where ticket_id = ticket
		union all
		select ticket_id, kind, 'in', created_at from ticket_links where other_id = ticket
	) l join tickets t on t.id = l.id and t.deleted_at is null
$$;

-- What files belong to a ticket; the files themselves live in the object store.
create table ticket_attachments (
	id uuid primary key,
	ticket_id uuid not null references tickets,
	file_id uuid not null,
	uploaded_by uuid references accounts,
	file_name text not null,
	file_size bigint not null,
	created_at timestamptz not null default now()
);
create index ticket_attachments_of_ticket on ticket_attachments (ticket_id, created_at);
