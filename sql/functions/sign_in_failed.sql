-- Somebody did not know the password of that address, which may be nobody's. After so many failures ($most) it is locked for a
-- minute, after twice as many for 5, then 15, then 60 minutes each time; a day without one, or a sign-in, begins anew. While it
-- is locked nothing counts. The owner gets a mail with the first lock. For how many seconds it was locked by this; 0: it was not.
create or replace function sign_in_failed(address text, most integer, event_id uuid, mail_id uuid, mails_most integer,
	request_id text, traceparent text, origin text, out locked_s bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
	so_far integer;
	owner uuid;
begin
	locked_s := 0;
	insert into sign_in_failures as f (email) values (address)
	on conflict (email) do update set failed_at = now(), locked_until = null,
		failures = case when f.failed_at < now() - interval '1 day' then 1 else f.failures + 1 end
	where f.locked_until is null or f.locked_until <= now()
	returning failures into so_far;
	if not found or most <= 0 or so_far % most <> 0 then
		return;
	end if;
	locked_s := 60 * (array[1, 5, 15, 60])[least(so_far / most, 4)];
	update sign_in_failures f set locked_until = now() + make_interval(secs => locked_s) where f.email = address;
	select a.id into owner from accounts a where a.email = address;
	if not found then
		return;
	end if;
	insert into outbox (exchange, routing_key, type, headers, body)
	select e.* from outbox_event('user.locked', event_id, null::uuid, null, request_id, traceparent, 'accountId', owner,
		jsonb_build_object('failures', so_far, 'lockedSeconds', locked_s), origin) e;
	if so_far = most then
		perform account_mail(mail_id, owner, 'account_locked', address, mails_most);
	end if;
end $$;
revoke execute on function sign_in_failed(text, integer, uuid, uuid, integer, text, text, text) from public;
