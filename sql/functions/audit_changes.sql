-- Old and new values: of a ticket by its history, of all else by what the event says. An erased event tells of none.
create or replace function audit_changes(a audit_log, body jsonb) returns jsonb
language sql stable as $$
	select case when body is null then '[]'
		when body ? 'ticketVersion' and a.action not in ('COMMAND_REFUSED', 'TICKET_WATCHED') then (
			select coalesce(jsonb_agg(jsonb_build_object('fieldName', h.field, 'oldValue', h.old_value, 'newValue', h.new_value)
				order by h.id), '[]')
			from ticket_history h where h.ticket_id = a.resource_id and h.version = (body ->> 'ticketVersion')::integer)
		else (
			select coalesce(jsonb_agg(jsonb_build_object('fieldName', lower(substr(o.key, 4, 1)) || substr(o.key, 5),
				'oldValue', nullif(o.value, ''), 'newValue', nullif(body #>> array['data', 'new' || substr(o.key, 4)], '')) order by o.key), '[]')
			from jsonb_each_text(case jsonb_typeof(body -> 'data') when 'object' then body -> 'data' else '{}' end) o
			where o.key ~ '^old[A-Z]')
		end
$$;
