-- Whether somebody may follow a log, whether all of it, from which place on, and where its end is now.
create or replace function stream_begin(actor uuid, access integer, after text, out verdict text, out everything boolean, out place text,
	out at_end text)
language plpgsql stable set timezone = 'UTC' as $$
declare
	who record;
	wanted record;
begin
	select * into who from actor_of(actor);
	everything := coalesce(who.bits & 32 <> 0, false);
	verdict := case when who.id is null then 'missing' when not who.active then 'disabled'
		when who.bits & access = 0 then 'forbidden' else 'ok' end;
	if verdict <> 'ok' then
		return;
	end if;
	select * into wanted from feed_place(after);
	if wanted.is_expired then
		verdict := 'expired';
	end if;
	place := to_char(wanted.day, 'YYYYMMDD') || '_' || wanted.xid || '_' || wanted.id;
	at_end := to_char(current_date, 'YYYYMMDD') || '_' || pg_snapshot_xmin(pg_current_snapshot()) || '_0';
end $$;
