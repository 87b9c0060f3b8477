-- A reader's place in the event log, as a client says it: null is the end of the log, everything up to its oldest open transaction.
-- A place that is too old may have lost what comes next; one from the future is of a database that was restored since.
create or replace function feed_place(said text, out day date, out xid xid8, out id bigint, out is_expired boolean)
language plpgsql stable set timezone = 'UTC' as $$
begin
	day := current_date;
	xid := pg_snapshot_xmin(pg_current_snapshot());
	id := 0;
	is_expired := false;
	if said is null or said = 'now' then
		return;
	end if;
	if said !~ '^\d{8}_\d{1,19}_\d{1,18}$' then
		raise invalid_text_representation using message = 'this is no place in the feed';
	end if;
	is_expired := split_part(said, '_', 1)::date < current_date - 29
		or split_part(said, '_', 2)::xid8 > pg_snapshot_xmax(pg_current_snapshot());
	if not is_expired then
		day := split_part(said, '_', 1)::date;
		xid := split_part(said, '_', 2)::xid8;
		id := split_part(said, '_', 3)::bigint;
	end if;
end $$;
