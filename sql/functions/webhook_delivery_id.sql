-- The id of what is sent of an event to a webhook: the event's time, so that ids rise with it, and a digest of both.
create or replace function webhook_delivery_id(event uuid, webhook uuid) returns uuid
language sql immutable parallel safe as $$
	select (left(event::text, 14) || '8' || substr(d, 1, 3) || '-8' || substr(d, 4, 3) || '-' || substr(d, 7, 12))::uuid
	from encode(sha256(convert_to(event::text || webhook::text, 'UTF8')), 'hex') as t(d)
$$;
