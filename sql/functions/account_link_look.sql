-- What the link with this token is good for, without using it. No row: nothing, or not any more.
create or replace function account_link_look(token_hash bytea, out kind text, out account uuid, out email text)
returns setof record
language sql stable security definer set search_path = public, pg_temp as $$
	select t.kind, a.id, a.email from account_tokens t join accounts a on a.id = t.account_id
	where t.hash = token_hash and t.used_at is null and t.expires_at > now() and a.active
		and (t.address = a.email or t.kind = 'email_new')
$$;
revoke execute on function account_link_look(bytea) from public;
