/* searches_test.c - what a search finds: case, accents, codes, scripts, phrases, mistakes; by whom, and in which order.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "tests/handlers/desk.h"
#include "workers/upkeep.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, set_up, NULL, NULL                                                                    \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

static struct uuid owner, other, agent, admin;

static int set_up(void **state)
{
	desk_empty(state);
	ask("truncate search_words");
	ask("update search_words_learnt set created_at = '-infinity'");
	owner = desk_account("user", true);
	other = desk_account("user", true);
	agent = desk_account("agent", true);
	admin = desk_account("admin", true);
	return 0;
}

static struct uuid ticket_of(struct uuid who, const char *title)
{
	struct uuid id = uuid_new();

	desk_apply(ORDER(ticket_create, who, .ticket_id = id, .title = text_of(title), .description = TEXT("x")));
	return id;
}

static const char *quoted(const char *data)
{
	struct buffer out;

	buffer_init(&out, desk_arena, strlen(data) + 16);
	for (; *data; data++)
		buffer_append(&out, *data == '\'' ? "''" : data, *data == '\'' ? 2 : 1);
	return buffer_cstr(&out);
}

/* The numbers of tickets that are found, without "HD-2026-00000", with blanks between. */
static const char *numbers_in(const char *data)
{
	return ask("select coalesce(string_agg(right(t ->> 'number', 1), ' ' order by n), '') "
	           "from jsonb_array_elements('%s'::jsonb -> 'tickets') with ordinality e(t, n)",
	        quoted(data));
}

static const char *list(struct uuid who, struct read_ticket_list wanted)
{
	return numbers_in(desk_read_fields(READ_ticket_list, who, 0, &wanted, 3));
}

static const char *found(struct uuid who, const char *search)
{
	return list(who, (struct read_ticket_list){ .search = text_of(search) });
}

static void words_are_found_in_every_form(void **state)
{
	static const struct {
		const char *said, *asked;
		bool is_found;
	} cases[] = {
		{ "Imprimante bloquée", "BLOQUEE", true },
		{ "imprimante bloquee", "Bloquée ", true },
		{ "bloque\xCC\x81"
		  "e par de\xCC\x81"
		  "faut",
		        "défaut", true },
		{ "Œuvre et cœur", "coeur ", true },
		{ "le coeur", "cœur ", true },
		{ "Straße gesperrt", "strasse ", true },
		{ "STRASSE gesperrt", "straße ", true },
		{ "ﬁchier perdu", "fichier ", true },
		{ "Ｐｒｉｎｔｅｒ ＯＮ", "printer on ", true },
		{ "Крёк завис", "КРЕК ", true },
		{ "l’écran d'accueil", "ecran ", true },
		{ "imprimante", "impri", true },
		{ "imprimante", "impri ", false },
		{ "imprimante", "\"impri\"", false },
		{ "imprimante", "primante", false },
		{ "code B7K-4471 perdu", "4471 ", true },
		{ "code B7K-4471 perdu", "b7k-4471 ", true },
		{ "code B7K-4471 perdu", "B7K", true },
		{ "code 4471 B7K perdu", "b7k-4471 ", false },
		{ "mise a jour KB5034441 refusee", "5034441 ", true },
		{ "mise a jour KB5034441 refusee", "kb5034441 ", true },
		{ "erreur -2147024891 au depart", "-2147024891 ", true },
		{ "erreur -2147024891 au depart", "2147024891 ", true },
		{ "erreur 0x80070005", "0x80070005 ", true },
		{ "le poste 192.168.10.25 ne repond pas", "192.168.10.25 ", true },
		{ "le poste 192.168.10.25 ne repond pas", "192.168.10", true },
		{ "le poste 192.168.10.25 ne repond pas", "192.168.25.10 ", false },
		{ "le fichier rapport_final.v2.docx", "rapport_final.v2.docx ", true },
		{ "le fichier rapport_final.v2.docx", "docx ", true },
		{ "de zoe.martin@example.org", "zoe.martin@example.org ", true },
		{ "de zoe.martin@example.org", "martin ", true },
		{ "la porte du garage", "\"porte du garage\"", true },
		{ "la porte du garage", "\"garage porte\"", false },
		{ "la porte du garage", "«porte du»", true },
		{ "la porte du garage", "porte -garage", false },
		{ "la porte du garage", "porte -fenetre", true },
		{ "la porte du garage", "-fenetre", true },
		{ "la porte du garage", "porte -\"du garage\"", false },
		{ "la porte du garage", "porte fenetre ", false },
		{ "東京都の印刷機", "京都", true },
		{ "東京都の印刷機", "印刷機", true },
		{ "東京都の印刷機", "刷印", false },
		{ "東京都の印刷機", "印", true },
		{ "打印机坏了", "打印机", true },
		{ "프린터가 고장", "프린터", true },
		{ "เครื่องพิมพ์เสีย", "พิมพ์", true },
		{ "le PC東京", "東京", true },
		{ "a' & b | c:* !", "&|!:*()'\\", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct uuid id = ticket_of(owner, cases[i].said);
		bool by_owner = *found(owner, cases[i].asked) != 0, by_agent = *found(agent, cases[i].asked) != 0;

		if (by_owner != cases[i].is_found || by_agent != cases[i].is_found)
			fail_msg("\"%s\" is %sfound in \"%s\"", cases[i].asked, by_owner ? "" : "not ", cases[i].said);
		assert_string_equal(found(other, cases[i].asked), "");
		ask("delete from ticket_search where ticket_id = '%s'", id_text(id));
		ask("update tickets set deleted_at = now() where id = '%s'", id_text(id));
	}
}

static void what_is_internal_is_found_by_staff(void **state)
{
	struct uuid id = ticket_of(owner, "bruit");

	(void)state;
	desk_apply(ORDER(ticket_comment, agent, .ticket_id = id, .comment_id = uuid_new(),
	        .content = TEXT("Fournisseur rappelé"), .is_internal = FLAG_TRUE));
	assert_string_equal(found(agent, "rappele "), "1");
	assert_string_equal(found(owner, "rappele "), "");
}

static void a_number_is_found_first(void **state)
{
	const char *number;

	(void)state;
	ticket_of(owner, "un");
	ticket_of(other, "deux");
	ticket_of(owner, "comme HD-1");
	number = ask("select number from tickets order by number limit 1");
	assert_string_equal(found(owner, number), "1");
	assert_string_equal(found(owner, arena_printf(desk_arena, "#%s", number)), "1");
	assert_string_equal(found(owner, "1 "), "1 3");
	assert_string_equal(found(owner, "#1"), "1 3");
	assert_string_equal(found(other, number), "");
	assert_string_equal(found(agent, "2"), "2");
}

/* A desk with many tickets: most of them rows alone, half an hour apart, the word "rare" in the oldest two. */
static void many_tickets(int n)
{
	ask("insert into tickets (id, number, status, priority, category, title, owner_id, version, created_at, "
	    "updated_at, "
	    "public_updated_at, response_due_at, due_at, description) "
	    "select gen_random_uuid(), 'HD-2026-' || lpad(n::text, 6, '0'), (array['open', 'in_progress', "
	    "'waiting_user'])[1 + n %% 3], "
	    "(array['low', 'medium', 'high', 'urgent'])[1 + n %% 4], '', 'poste ' || n || case when n in (2, 5) then ' "
	    "rare' else '' "
	    "end || case when n %% 50 = 0 then ' parfois' else '' end, '%s', 1, at, at + n %% 7 * interval '3 hours', "
	    "at, at, "
	    "at + n %% 5 * interval '1 day', '' from (select n, now() - (%d - n) * interval '30 minutes' as at from "
	    "generate_series(1, %d) n) made",
	        id_text(owner), n, n);
	ask("insert into ticket_search (ticket_id, created_at, is_folded, public_words) select id, created_at, true, "
	    "words_of(title) "
	    "from tickets");
}

/* Page after page by cursor; how many tickets there were, each once. */
static int64_t read_to_the_end(struct uuid who, struct read_ticket_list wanted)
{
	ask("create table if not exists met (number text primary key, n serial)");
	ask("truncate met restart identity");
	wanted.limit = 7;
	for (int page = 0; page < 400; page++) {
		const char *data = desk_read_fields(READ_ticket_list, who, 0, &wanted, 3), *pagination, *next;

		ask("insert into met (number) select t ->> 'number' from jsonb_array_elements('%s'::jsonb -> "
		    "'tickets') "
		    "with ordinality e(t, n) order by e.n",
		        data);
		pagination = desk_read_fields(READ_ticket_list, who, 0, &wanted, 4);
		next = ask("select coalesce('%s'::jsonb ->> 'nextCursor', '')", pagination);
		if (!*next)
			break;
		wanted.cursor = text_of(text_dup(desk_arena, text_of(next)));
	}
	return ask_number("select count(*) from met");
}

static void every_order_is_read_to_its_end(void **state)
{
	static const char *const keys[ticket_order_count] = { [ORDER_NEWEST] = "created_at desc",
		[ORDER_OLDEST] = "created_at",
		[ORDER_DUE_FIRST] = "due_at",
		[ORDER_DUE_LAST] = "due_at desc",
		[ORDER_CHANGED_LAST] = "updated_at desc",
		[ORDER_CHANGED_FIRST] = "updated_at",
		[ORDER_PRESSING] = "rank_of_priority(priority) desc, created_at desc",
		[ORDER_EASY] = "rank_of_priority(priority), created_at",
		[ORDER_STATUS] = "rank_of_status(status), created_at",
		[ORDER_STATUS_LAST] = "rank_of_status(status) desc, created_at desc",
		[ORDER_NUMBER] = "number",
		[ORDER_NUMBER_LAST] = "number desc" };

	(void)state;
	many_tickets(200);
	for (int order = 1; order < ticket_order_count; order++) {
		if (!keys[order])
			continue;
		assert_int_equal(
		        read_to_the_end(agent, (struct read_ticket_list){ .sort = (enum ticket_order)order }), 200);
		if (ask_number("select count(*) from (select n, row_number() over (order by %s, id %s) as place from "
		               "met join "
		               "tickets using (number)) o where n <> place",
		            keys[order], strstr(keys[order], "desc") ? "desc" : ""))
			fail_msg("by %s the list is out of order", ticket_order_words[order]);
		assert_int_equal(
		        read_to_the_end(owner, (struct read_ticket_list){ .sort = (enum ticket_order)order }), 200);
	}
	ask("drop table met");
}

static void what_is_rare_and_what_is_not_is_found_through_all_time(void **state)
{
	(void)state;
	many_tickets(3000);
	assert_true(ask_number("select count(distinct search_block(created_at)) from ticket_search") >= 42);
	assert_int_equal(read_to_the_end(agent, (struct read_ticket_list){ .search = TEXT("rare ") }), 2);
	assert_int_equal(read_to_the_end(agent, (struct read_ticket_list){ .search = TEXT("parfois ") }), 60);
	assert_int_equal(
	        ask_number("select count(*) from (select number, lag(number) over (order by n) as before from met) m "
	                   "where number > before"),
	        0);
	assert_int_equal(read_to_the_end(agent, (struct read_ticket_list){ .search = TEXT("poste 1") }), 1111);
	assert_int_equal(read_to_the_end(agent,
	                         (struct read_ticket_list){ .search = TEXT("parfois "), .sort = ORDER_CHANGED_LAST }),
	        60);
	assert_string_equal(
	        list(agent, (struct read_ticket_list){ .search = TEXT("rare "), .sort = ORDER_RELEVANCE }), "5 2");
	ask("drop table met");
}

static void filters_take_several_values(void **state)
{
	struct text two[] = { TEXT("open"), TEXT("resolved") }, nobody = TEXT("none"), me = TEXT("me");
	struct uuid mine, last;

	(void)state;
	mine = ticket_of(owner, "a");
	ticket_of(owner, "b");
	last = ticket_of(owner, "c");
	desk_apply(ORDER(ticket_assign, agent, .ticket_id = mine, .assignee_id = agent));
	assert_string_equal(list(agent, (struct read_ticket_list){ .assignee_id = { &me, 1 } }), "1");
	desk_apply(ORDER(ticket_set_status, agent, .ticket_id = last, .status = TICKET_IN_PROGRESS));
	assert_string_equal(list(agent, (struct read_ticket_list){ .assignee_id = { &nobody, 1 } }), "3 2");
	assert_string_equal(list(agent, (struct read_ticket_list){ .status = { two, 2 } }), "2 1");
	assert_string_equal(list(agent, (struct read_ticket_list){ .created_from = TEXT("2020-01-01") }), "3 2 1");
	assert_string_equal(list(agent, (struct read_ticket_list){ .created_to = TEXT("2020-01-01") }), "");
	assert_string_equal(
	        list(agent, (struct read_ticket_list){ .updated_from = TEXT("2020-01-01T10:00:00Z") }), "3 2 1");
	assert_string_equal(list(agent, (struct read_ticket_list){ .due_before = TEXT("2020-01-01") }), "");
	assert_string_equal(list(agent, (struct read_ticket_list){ .number = TEXT("2") }), "2");
}

static void a_mistake_is_forgiven_and_told(void **state)
{
	struct read_ticket_list wanted = { .search = TEXT("imprimnate bloquee") };
	struct db *relay = desk_as("relay", "");

	(void)state;
	ticket_of(owner, "L'imprimante est bloquée");
	assert_string_equal(list(owner, wanted), "");
	ask("update tickets set created_at = created_at - interval '5 minutes'");
	while (upkeep_words(relay))
		;
	db_close(&relay);
	assert_string_equal(list(owner, wanted), "1");
	assert_string_equal(desk_read_fields(READ_ticket_list, owner, 0, &wanted, 5), "\"imprimante bloquee\"");
	assert_string_equal(list(other, wanted), "");
	wanted.search = TEXT("imprimante");
	assert_string_equal(desk_read_fields(READ_ticket_list, owner, 0, &wanted, 5), "");
}

static void an_extract_marks_the_words_and_nothing_else(void **state)
{
	struct read_ticket_list wanted = { .search = TEXT("bloquee"), .highlight = FLAG_TRUE };
	const char *data;

	(void)state;
	ticket_of(owner, "<b>Imprimante</b> bloquée & \"chaude\"");
	data = quoted(desk_read_fields(READ_ticket_list, owner, 0, &wanted, 3));
	assert_string_equal(ask("select '%s'::jsonb #>> '{tickets,0,highlight}'", data),
	        "b&gt;Imprimante&lt;/b&gt; <mark>bloquée</mark> &amp; &quot;chaude&quot; x");
}

static void what_was_there_before_words_were_folded_is_folded(void **state)
{
	struct uuid id = ticket_of(owner, "Œuvre bloquée");
	struct db *relay = desk_as("relay", "");

	(void)state;
	ask("update ticket_search set created_at = 'epoch', is_folded = false, public_words = to_tsvector('simple', "
	    "'Œuvre bloquée x')");
	assert_string_equal(found(agent, "oeuvre "), "");
	while (upkeep_words(relay))
		;
	db_close(&relay);
	assert_string_equal(found(agent, "oeuvre "), "1");
	assert_int_equal(
	        ask_number(
	                "select count(*) from ticket_search s join tickets t on t.id = s.ticket_id where is_folded and "
	                "s.created_at = t.created_at and t.id = '%s'",
	                id_text(id)),
	        1);
}

static void people_are_found_by_name_and_by_administrators_by_more(void **state)
{
	struct read_account_list wanted = { .search = TEXT("celine") };
	const char *data;

	(void)state;
	ask("update accounts set first_name = 'Céline', last_name = 'Noël', email = 'c.n@exemple.fr', department = "
	    "'Voirie' where id = '%s'",
	        id_text(other));
	data = desk_read_fields(READ_account_list, agent, 0, &wanted, 3);
	assert_string_equal(ask("select '%s'::jsonb #>> '{users,0,lastName}'", data), "Noël");
	assert_string_equal(ask("select coalesce('%s'::jsonb #>> '{users,0,email}', 'hidden')", data), "hidden");
	wanted.search = TEXT("exemple.fr");
	assert_string_equal(desk_read_fields(READ_account_list, agent, 0, &wanted, 3), "{\"users\": []}");
	data = desk_read_fields(READ_account_list, admin, 0, &wanted, 3);
	assert_string_equal(ask("select '%s'::jsonb #>> '{users,0,email}'", data), "c.n@exemple.fr");
	assert_string_equal(desk_read_fields(READ_account_list, owner, 0, &wanted, 0), "forbidden");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("words are found in every form", words_are_found_in_every_form),
		SENTENCE("what is internal is found by staff alone", what_is_internal_is_found_by_staff),
		SENTENCE("a number is found first", a_number_is_found_first),
		SENTENCE("every order is read to its end", every_order_is_read_to_its_end),
		SENTENCE("what is rare and what is not is found through all time",
		        what_is_rare_and_what_is_not_is_found_through_all_time),
		SENTENCE("filters take several values", filters_take_several_values),
		SENTENCE("a mistake is forgiven and told", a_mistake_is_forgiven_and_told),
		SENTENCE("an extract marks the words and nothing else", an_extract_marks_the_words_and_nothing_else),
		SENTENCE("what was there before words were folded is folded",
		        what_was_there_before_words_were_folded_is_folded),
		SENTENCE("people are found by name, and by administrators by more",
		        people_are_found_by_name_and_by_administrators_by_more),
	};

	return cmocka_run_group_tests_name("searches", tests, desk_open_ingress, desk_close_ingress);
}
