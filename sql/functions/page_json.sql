-- Which page this is, of how many: Pagination of queues/answers.def.
create or replace function page_json(page bigint, page_size bigint, total bigint) returns jsonb
language sql immutable as $$
	select jsonb_build_object('page', page, 'limit', page_size, 'total', total,
		'totalPages', ceil(total::numeric / page_size), 'hasNext', page * page_size < total, 'hasPrev', page > 1)
$$;
