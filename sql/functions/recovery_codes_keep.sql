-- Recovery codes in the place of those before: hashes is a list of their SHA-256 in hexadecimal. For functions that were asked by
-- ingress.
create or replace function recovery_codes_keep(account uuid, hashes jsonb) returns void
language sql as $$
	delete from recovery_codes where account_id = account;
	insert into recovery_codes (account_id, hash) select account, decode(h, 'hex') from jsonb_array_elements_text(hashes) h;
$$;
revoke execute on function recovery_codes_keep(uuid, jsonb) from public;
