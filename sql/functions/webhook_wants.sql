-- Does a webhook want an event of that type, about that ticket (null: about none)? A test is for the webhook it names.
create or replace function webhook_wants(w webhooks, type text, tested uuid, ticket uuid, priority text, category text, tags text[])
returns boolean
language sql immutable parallel safe as $$
	select case when type = 'webhook.tested' then w.id = tested
		else w.events && array['*', type, split_part(type, '.', 1) || '.*']
			and (w.filter = '{}' or (ticket is not null
				and (not w.filter ? 'priority' or w.filter -> 'priority' ? coalesce(priority, ''))
				and (not w.filter ? 'category' or w.filter -> 'category' ? coalesce(category, ''))
				and (not w.filter ? 'tag' or jsonb_exists_any(w.filter -> 'tag', coalesce(tags, '{}')))
				and (not w.filter ? 'ticketId' or w.filter -> 'ticketId' ? ticket::text))) end
$$;
