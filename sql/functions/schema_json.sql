-- What the database holds, by its own catalogue: each table with columns, indexes and sizes (that of partitions together). Rows are estimates.
create or replace function schema_json() returns jsonb
language sql stable security definer set search_path = public, pg_temp as $$
	with parts as materialized (
		select coalesce(h.inhparent, c.oid) as oid, sum(pg_table_size(c.oid)) as bytes, sum(pg_indexes_size(c.oid)) as index_bytes,
			sum(greatest(c.reltuples, 0))::bigint as n, count(*) filter (where h.inhparent is not null) as partitions
		from pg_class c left join pg_inherits h on h.inhrelid = c.oid
		where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
		group by 1
	), tables as (
		select jsonb_build_object('name', c.relname, 'rows', p.n, 'bytes', p.bytes, 'indexBytes', p.index_bytes, 'partitions', p.partitions,
			'columns', (select jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
					'isNullable', not a.attnotnull) order by a.attnum)
				from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
			'indexes', (select coalesce(jsonb_agg(jsonb_build_object('name', x.relname, 'definition', pg_get_indexdef(x.oid), 'isUnique', i.indisunique,
					'bytes', case when x.relkind = 'i' then pg_relation_size(x.oid) end) order by x.relname), '[]')
				from pg_index i join pg_class x on x.oid = i.indexrelid where i.indrelid = c.oid)) as shown, c.relname
		from parts p join pg_class c on c.oid = p.oid
	)
	select jsonb_build_object('store', 'postgresql', 'serverVersion', current_setting('server_version'), 'database', current_database(),
		'bytes', pg_database_size(current_database()), 'schemaVersion', schema_version(),
		'tables', (select jsonb_agg(t.shown order by t.relname) from tables t))
$$;
revoke execute on function schema_json() from public;
