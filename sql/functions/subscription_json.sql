-- One of the subscriptions in accounts.notifications, as it is shown.
create or replace function subscription_json(one jsonb) returns jsonb
language sql immutable parallel safe as $$
	select jsonb_build_object('id', one -> 'id', 'category', one -> 'category', 'priority', one -> 'priority', 'tag', one -> 'tag')
$$;
