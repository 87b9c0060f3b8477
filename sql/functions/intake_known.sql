-- What the intake worker has to know to decide what becomes of a mail, in one look. asked: id, addresses (whom it was sent to,
-- without what stands behind a +), own (MAIL_FROM), from, fromPlain and forwardPlain (from, and who wrote what it forwards,
-- without that), ticket (of a reply's address), mails (of ours, that it refers to), hashes (of ids it refers to), number (in its
-- subject), messageHash and bodyHash (hexadecimal), bounced (a mail of ours).
--
-- tickets are those it may belong to, the likeliest first: where its address leads, then what it refers to, then the number;
-- a merged one stands for the one that lives. part: the sender is its owner or watches it. Of those it refers to his own come
-- first: anybody who has seen a message can bring another with its id, and would draw what answers it to a ticket of his.
-- hour, day: how often the sender was told; whatever stands behind a +, it is one person who is sent all of it.
create or replace function intake_known(asked jsonb) returns jsonb
language sql stable as $$
	with sender as (
		select a.id, a.role, a.active, a.language from accounts a where a.email = asked ->> 'from'
	), ours as (
		select asked ->> 'own' as address
		union all
		select m.address from mailboxes m where m.deleted_at is null and m.address in (asked ->> 'fromPlain', asked ->> 'forwardPlain')
	), plain as (
		select split_part(asked ->> 'fromPlain', '@', 1) as name, split_part(asked ->> 'fromPlain', '@', 2) as domain
	), told as (
		select i.outcome_at from inbound_mails i where i.from_address = asked ->> 'fromPlain'
			and i.acknowledged and i.outcome_at > now() - interval '1 day'
		union all
		select i.outcome_at from plain p join inbound_mails i on i.from_address >= p.name || '+' and i.from_address < p.name || ','
			and split_part(i.from_address, '@', 2) = p.domain
		where i.acknowledged and i.outcome_at > now() - interval '1 day'
	), named as (
		select 'token' as basis, 1 as rank, (asked ->> 'ticket')::uuid as id
		union all
		select 'reference', 2, m.ticket_id from mails m
		where m.id in (select x::uuid from jsonb_array_elements_text(asked -> 'mails') x)
		union all
		select 'reference', 2, r.ticket_id from message_references r
		where r.message_hash in (select decode(x, 'hex') from jsonb_array_elements_text(asked -> 'hashes') x)
		union all
		select 'number', 3, t.id from tickets t where t.number = asked ->> 'number'
	), living as (
		select min(rank) as rank, (array_agg(basis order by rank))[1] as basis, ticket_end(id) as id
		from named where id is not null group by ticket_end(id)
	), found as (
		select row_number() over (order by l.rank, (p.part is not true), (t.status = 'closed'), t.created_at desc) as place,
			l.basis, t.id, t.number, t.owner_id, t.file_count, coalesce(p.part, false) as part
		from living l join tickets t on t.id = l.id
		left join lateral (select s.id = t.owner_id or s.id = any(t.watchers) as part from sender s) p on true
		where t.deleted_at is null
		order by place limit 5
	)
	select jsonb_build_object(
		'mailbox', (select to_jsonb(m) from jsonb_array_elements_text(asked -> 'addresses') with ordinality x(address, place)
			join mailboxes m on m.address = x.address and m.deleted_at is null order by x.place limit 1),
		'ours', exists (select from ours o where o.address = asked ->> 'fromPlain'),
		'ownAddresses', (select coalesce(jsonb_agg(m.address), '[]') from mailboxes m where m.deleted_at is null
			and m.address in (select jsonb_array_elements_text(asked -> 'addresses'))),
		'forwardOurs', exists (select from ours o where o.address = asked ->> 'forwardPlain'),
		'sender', (select to_jsonb(s) || jsonb_build_object('staff', s.role not in ('user', 'service')) from sender s),
		'duplicate', (select i.id from inbound_mails i where i.message_hash = decode(asked ->> 'messageHash', 'hex')
			and i.body_hash = decode(asked ->> 'bodyHash', 'hex') and i.id <> (asked ->> 'id')::uuid and i.outcome is not null
			and i.outcome <> 'duplicate' order by i.id limit 1),
		'tickets', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'basis', f.basis, 'number', f.number,
			'owner', f.owner_id, 'part', f.part, 'files', f.file_count,
			'answers', (select count(*) from inbound_mails i where i.ticket_id = f.id and i.from_address = asked ->> 'from'
				and i.outcome = 'reply' and i.approval is null and i.outcome_at > now() - interval '1 hour')
			) order by f.place) from found f), '[]'),
		'bounced', (select jsonb_build_object('id', m.id, 'recipient', m.recipient, 'ticket', m.ticket_id, 'template', m.template)
			from mails m where m.id = (asked ->> 'bounced')::uuid),
		'stopped', exists (select from mail_suppressions p where p.address = asked ->> 'from'),
		'hour', (select count(*) from told where outcome_at > now() - interval '1 hour'),
		'day', (select count(*) from told))
$$;
