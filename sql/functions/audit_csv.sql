-- A line of an export as CSV, without its end; audit_export.sql writes the names of the columns in the same order.
create or replace function audit_csv(entry jsonb) returns text
language sql immutable as $$
	select string_agg(csv_of(entry ->> name), ',' order by place)
	from unnest(array['seq', 'timestamp', 'action', 'outcome', 'userId', 'resource', 'resourceId', 'ipAddress', 'userAgent',
		'eventId', 'eventType', 'commandId', 'requestId', 'changes', 'details']) with ordinality as t(name, place)
$$;
