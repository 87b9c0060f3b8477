-- The comments of a ticket as this reader sees them: its own, and those of the tickets that were merged into it, whose
-- descriptions count as comments of their owners. The owner of a ticket that was merged into another person's sees what
-- was said there in public since. from_number: of the ticket that a comment was made on, when it is another one.
create or replace function ticket_said(t tickets, is_staff boolean)
returns table (comment ticket_comments, from_number text, place bigint)
language plpgsql stable rows 20 as $$
begin
	-- A ticket that has nothing to do with merges: most.
	if t.merged_count = 0 and t.merged_at is null then
		return query select c, null::text, case when is_staff then c.seq::bigint else row_number() over (order by c.seq) end
		from ticket_comments c where c.ticket_id = t.id and (is_staff or not c.is_internal);
		return;
	end if;
	return query
	with family as materialized (
		select s.* from ticket_family(t.id, is_staff) f(id) join tickets s using (id)
	), apart as (
		with recursive chain(id) as (
			select m.merged_into from tickets m join tickets into_it on into_it.id = m.merged_into
			where m.id = t.id and m.merged_at is not null and into_it.owner_id <> m.owner_id and not is_staff
			union
			select s.merged_into from chain c join tickets s on s.id = c.id where s.merged_into is not null
		)
		select id from chain
	), said as (
		select c, case when c.ticket_id <> t.id then s.number end as from_number
		from family s join ticket_comments c on c.ticket_id = s.id where is_staff or not c.is_internal
		union all
		select jsonb_populate_record(null::ticket_comments, jsonb_build_object('id', s.id, 'ticket_id', s.id, 'seq', 0,
			'author_id', coalesce(s.description_author_id, s.owner_id), 'is_internal', false, 'created_at', s.created_at,
			'content', s.description)), s.number
		from family s where s.id <> t.id
		union all
		select c, null from apart a join ticket_comments c on c.ticket_id = a.id
		where not c.is_internal and c.created_at > t.merged_at
	)
	select s.c, s.from_number, row_number() over (order by (s.c).created_at, (s.c).id) from said s;
end $$;
