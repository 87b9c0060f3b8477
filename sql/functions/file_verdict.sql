-- May this account see this file? ok, missing, forbidden, disabled; unsigned: nobody without a token may. Pending and infected
-- files are seen like others: whether their bytes are given away is another question. f: all null when there is none.
-- access: of the catalogue's row; with the bit 1 (PUBLIC) a public, clean file is anybody's. With 4 (OWNER) and without 2
-- (SELF) only its uploader may, and who has one of the roles.
create or replace function file_verdict(f files, actor uuid, access integer) returns text
language plpgsql stable as $$
declare
	who record;
	is_internal boolean := false;
	is_own boolean;
begin
	if f.id is null or f.deleted_at is not null or f.place = 'gone' then
		return 'missing';
	end if;
	if f.comment_id is not null then
		select c.is_internal into is_internal from ticket_comments c where c.id = f.comment_id;
	end if;
	if f.ticket_id is not null and exists (select from tickets t where t.id = f.ticket_id and t.deleted_at is not null) then
		return 'missing';
	end if;
	if access & 1 <> 0 and f.is_public and f.scan_state = 'clean' and not is_internal then
		return 'ok';
	end if;
	if actor is null then
		return 'unsigned';
	end if;
	select * into who from actor_of(actor);
	if who.active is not true then
		return 'disabled';
	end if;
	-- What is staff's own is not there for others.
	if is_internal and not who.is_staff then
		return 'missing';
	end if;
	is_own := f.uploaded_by is not distinct from actor;
	if not file_is_seen(f, actor, is_own, who.is_staff, who.bits) then
		return 'forbidden';
	end if;
	return case when access & 2 <> 0 or (access & 4 <> 0 and is_own) or who.bits & access & 56 <> 0 then 'ok' else 'forbidden' end;
end $$;
