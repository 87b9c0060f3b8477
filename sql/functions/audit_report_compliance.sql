-- See audit_report: how far the trail reaches, and what was done to it.
create or replace function audit_report_compliance(first timestamptz, behind timestamptz) returns jsonb
language sql stable as $$
	select jsonb_build_object(
		'retentionDays', coalesce(ceil(extract(epoch from now() - (select occurred_at from audit_log order by seq limit 1)) / 86400)::bigint, 0),
		'retention', '{"audit": "until pruned", "messagesDays": 30, "mailsDays": 90, "sessionsDays": 30}'::jsonb,
		'chain', jsonb_build_object('firstSeq', (select min(seq) from audit_log), 'lastSeq', (select max(seq) from audit_log),
			'head', (select encode(row_hash, 'hex') from audit_log order by seq desc limit 1),
			'segments', (select coalesce(jsonb_agg(jsonb_build_object('lastSeq', last_seq, 'head', encode(last_hash, 'hex'),
				'lastAt', last_at, 'closedAt', closed_at) order by last_seq), '[]') from audit_segments),
			'erasedEntries', (select count(*) from audit_log where payload is null)),
		'exports', (select coalesce(jsonb_agg(jsonb_build_object('at', a.occurred_at, 'userId', a.actor_id, 'of',
				json_of(a.payload) #>> '{data,path}') order by a.seq desc), '[]')
			from audit_log a where a.action = 'AUDIT_EXPORTED' and a.occurred_at >= first and a.occurred_at < behind),
		'erasures', (select coalesce(jsonb_agg(jsonb_build_object('at', a.occurred_at, 'userId', json_of(a.payload) #>> '{data,userId}',
				'entries', json_of(a.payload) #> '{data,count}') order by a.seq desc), '[]')
			from audit_log a where a.action = 'AUDIT_ERASED' and a.occurred_at >= first and a.occurred_at < behind))
$$;
