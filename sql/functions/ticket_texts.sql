-- All that is said in a ticket, for its search words. What was merged into it is found by it, unless it is another
-- person's; then, as before the merge, each has its own words. What the desk notes on a merged ticket is not searched.
create or replace function ticket_texts(ticket uuid, out public_text text, out internal_text text)
language sql stable as $$
	with living as (
		select t.id, t.title || ' ' || t.description as text
		from ticket_family(ticket, false) f(id) join tickets t using (id)
		where not exists (select from tickets me join tickets other on other.id = me.merged_into
			where me.id = ticket and me.merged_at is not null and other.owner_id = me.owner_id)
	), said as (
		select c.content, c.is_internal, c.created_at, c.id from living l join ticket_comments c on c.ticket_id = l.id
		where l.id = ticket or c.author_id is not null
	)
	select concat_ws(' ', (select string_agg(text, ' ' order by id) from living),
			(select string_agg(content, ' ' order by created_at, id) from said where not is_internal)),
		coalesce((select string_agg(content, ' ' order by created_at, id) from said where is_internal), '')
$$;
