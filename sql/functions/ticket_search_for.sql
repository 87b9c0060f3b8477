-- What ticket_list shows of a search: the ticket whose number was asked for goes first; when nothing is found, words
-- like those asked for are tried, and alike says which.
create or replace function ticket_search_for(asked jsonb, owner uuid, inout words tsquery, keys text, internal boolean,
	out ids uuid[], out total bigint, out is_exact boolean, out alike text)
language plpgsql stable as $$
declare
	page_size bigint := asked ->> 'limit';
	is_first boolean := not asked ? 'cursor' and (asked ->> 'page')::bigint = 1;
	meant text[] := case when is_first and asked ->> 'search' ~* '^\s*#?(hd-)?\d' then number_candidates(asked ->> 'search') end;
	named uuid[];
	question record;
begin
	select f.ids, f.total, f.is_exact into ids, total, is_exact from ticket_found(asked, owner, words, keys, internal) f;
	if meant is not null then
		named := array(select id from ticket_page(asked - 'sort' || jsonb_build_object('number', asked -> 'search'), owner, null, internal, null));
		total := total + (select count(*) from unnest(named) id where id <> all(ids));
		ids := (named || array(select id from unnest(ids) with ordinality f(id, place) where id <> all(named) order by place))[1:page_size];
	end if;
	if is_first and ids = '{}' then
		alike := search_alike(asked ->> 'search');
		if alike is not null then
			select * into question from words_asked(alike);
			select f.ids, f.total, f.is_exact into ids, total, is_exact from ticket_found(asked, owner, question.words, question.keys, internal) f;
			words := question.words;
			alike := case when ids <> '{}' then btrim(alike) end;
		end if;
	end if;
end $$;
