-- These tokens (a list of ids) were used lately.
create or replace function api_tokens_used(ids jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
	update api_tokens set last_used_at = now() where id in (select i::uuid from jsonb_array_elements_text(ids) i);
$$;
revoke execute on function api_tokens_used(jsonb) from public;
