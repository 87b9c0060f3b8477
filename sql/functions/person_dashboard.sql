-- What somebody sees first: Overview of queues/answers.def. Counts are of the tickets that the person has opened.
create or replace function person_dashboard(a accounts, is_staff boolean, access integer) returns jsonb
language plpgsql stable as $$
begin
	return jsonb_build_object('profile', person_sheet(a, true),
		'tickets', (select coalesce(jsonb_agg(ticket_row_json(t, is_staff, access) order by t.created_at desc, t.id desc), '[]') from (
			select * from tickets where owner_id = a.id and deleted_at is null and merged_into is null
			order by created_at desc, id desc limit 5) t),
		'ticketCounts', (select coalesce(jsonb_object_agg(c.status, c.n), '{}') from (
			select status, sum(n) as n from ticket_counters where scope = 'owner' and scope_id = a.id group by status having sum(n) > 0) c),
		'unreadNotifications', (select count(*) from notification_page('{"unread": true}', a.id, is_staff, 10000, 0)),
		'notifications', (select coalesce(jsonb_agg(notification_json(n) order by n.seq desc), '[]')
			from notification_page('{"unread": true}', a.id, is_staff, 5, 0) n))
		|| case when is_staff then jsonb_build_object('assigned', (
			select coalesce(jsonb_agg(ticket_row_json(t, is_staff, access) order by t.created_at desc, t.id desc), '[]') from (
				select * from tickets where assignee_id = a.id and status not in ('resolved', 'closed') and deleted_at is null
					and merged_into is null
				order by created_at desc, id desc limit 5) t)) else '{}' end;
end $$;
