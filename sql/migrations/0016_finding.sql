-- Why: a word is found whatever its case, accents and form, in ten million tickets as quickly as in a thousand, and a
-- list can be read to its end in every order.
--
-- Words are kept folded (sql/functions/words_folded.sql). What was written before is folded by the relay's upkeep, some
-- rows at a time (words_fold_more.sql): until then such a row counts as made in 1970, and is found behind the others.
--
-- The index of words holds each word twice: alone, and behind the number of the day and a half in which its ticket was
-- made (search_keys). So the newest tickets with a word are found in a few short lists, however many there are.
create extension if not exists unaccent;
create extension if not exists pg_trgm;
-- For extracts alone: what is shown is as it was written, and found by words that are folded.
create text search configuration guichet (copy = simple);
alter text search configuration guichet alter mapping for hword, hword_part, word with unaccent, simple;

alter table ticket_search
	add column created_at timestamptz not null default 'epoch',
	add column is_folded boolean not null default false;
create index ticket_search_unfolded on ticket_search (ticket_id) where not is_folded;

create function search_keys(words tsvector, at timestamptz) returns tsvector -- of an index
language plpgsql immutable strict parallel safe as $$
declare
	lexemes text[] := tsvector_to_array(words);
	block text := '.' || to_hex(floor(extract(epoch from at - timestamptz '1970-01-01 00:00:00+00') / 131072)::integer) || '.';
	joined text := block || array_to_string(lexemes, E'\n' || block);
begin
	while octet_length(joined) > 480000 loop
		lexemes := lexemes[1:greatest(1, cardinality(lexemes)::bigint * 450000 / octet_length(joined))];
		joined := block || array_to_string(lexemes, E'\n' || block);
	end loop;
	return array_to_tsvector(case when lexemes = '{}' then '{}' else lexemes || string_to_array(joined, E'\n') end);
end $$;

-- What waits to be sorted into an index is read by every look at it, and a search looks several times: it is kept short.
drop index ticket_search_public;
drop index ticket_search_internal;
create index ticket_search_public on ticket_search using gin (search_keys(public_words, created_at))
	with (gin_pending_list_limit = 128);
create index ticket_search_internal on ticket_search using gin (search_keys(internal_words, created_at))
	with (gin_pending_list_limit = 128) where internal_words <> '';

-- The words there are, for those who mistype one: of what everybody may read, and how often each was met.
create table search_words (
	word text primary key,
	met integer not null,
	constraint search_word_is_a_word check (length(word) between 4 and 40)
);
create index search_words_alike on search_words using gin (word gin_trgm_ops);
-- Up to which ticket they were taken over (words_learn.sql).
create table search_words_learnt (
	created_at timestamptz not null default '-infinity',
	ticket_id uuid not null default '00000000-0000-0000-0000-000000000000',
	singleton boolean primary key default true,
	constraint search_words_learnt_has_one_row check (singleton)
);
insert into search_words_learnt default values;

-- Orders of lists. When a ticket was changed is indexed by the two hours and a quarter it falls into: within them a
-- change touches no index.
alter table tickets add column changed_in integer not null
	generated always as (floor(extract(epoch from updated_at - timestamptz '1970-01-01 00:00:00+00') / 8192)::integer) stored;
create index tickets_by_change on tickets (changed_in);
create index tickets_by_due on tickets (due_at, id);
create index tickets_by_number on tickets (length(number), number);
drop index tickets_by_priority;
drop index tickets_by_status;
create index tickets_by_rank on tickets (array_position('{low,medium,high,urgent}'::text[], priority), created_at, id);
create index tickets_by_state on tickets (array_position('{open,in_progress,waiting_user,resolved,closed}'::text[], status), created_at, id);

-- People are found by the words of their name, address and department. Those of who is here already are made by the
-- relay's upkeep.
alter table accounts add column words tsvector;
create index accounts_by_words on accounts using gin (words);
create index accounts_without_words on accounts (id) where words is null;
create index accounts_by_name on accounts (last_name, first_name, id);
create index accounts_by_age on accounts (created_at, id);
create function account_words() returns trigger
language plpgsql as $$
begin
	new.words := words_of(concat_ws(' ', new.first_name, new.last_name, new.email, new.department));
	return new;
end $$;
create trigger account_words before insert or update of first_name, last_name, email, department on accounts
	for each row execute function account_words();

-- Tags are one whatever their case.
update tickets set tags = (select array_agg(distinct lower(normalize(tag, NFC))) from unnest(tags) tag)
where tags <> '{}' and tags::text <> lower(normalize(tags::text, NFC));
