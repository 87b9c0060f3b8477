-- What became of mail by domain, and what waits: the hundred domains that most waits for.
create or replace function mail_domains_json() returns jsonb
language sql stable as $$
	select coalesce(jsonb_agg(jsonb_build_object('domain', d.domain, 'waiting', d.waiting, 'sent', d.sent, 'deferred', d.deferred,
		'failed', d.failed, 'bounced', d.bounced, 'complained', d.complained, 'slowUntil', d.slow_until)
		order by d.waiting desc, d.sent desc, d.domain), '[]')
	from (
		select domain, coalesce(w.waiting, 0) as waiting, coalesce(c.sent, 0) as sent, coalesce(c.deferred, 0) as deferred,
			coalesce(c.failed, 0) as failed, coalesce(c.bounced, 0) as bounced, coalesce(c.complained, 0) as complained,
			case when s.slow_until > now() then s.slow_until end as slow_until
		from (select domain, count(*) as waiting from mails where state in ('queued', 'sending', 'held') group by domain) w
			full join (select domain, sum(sent) as sent, sum(deferred) as deferred, sum(failed) as failed, sum(bounced) as bounced,
				sum(complained) as complained from mail_counts group by domain) c using (domain)
			left join mail_domains s using (domain)
		order by waiting desc, sent desc, domain
		limit 100) d
$$;
