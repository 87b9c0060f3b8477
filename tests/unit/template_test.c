/* template_test.c - templates: what is embedded, and how values get in. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/arena.h"
#include "templates/template.h"
#include "templates/words.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(4096);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void a_template_is_there_in_every_language(void **state)
{
	(void)state;
	for (int i = 0; i < template_count; i++) {
		const struct template *fr = template_find(text_of(templates[i].name), TEXT("fr"));
		const struct template *en = template_find(text_of(templates[i].name), TEXT("en"));

		assert_non_null(fr);
		assert_non_null(en);
		assert_string_equal(fr->language, "fr");
		assert_string_equal(en->language, "en");
		assert_string_equal(fr->fields, en->fields);
	}
}

static const char fields[] = "{\"userName\":\"Zo\\u00eb\",\"ticketNumber\":\"HD-2026-7\","
                             "\"subjectTitle\":\"{userName}\\r\\nBcc: all@example.org\","
                             "\"title\":\"{userName}\\r\\nBcc: all@example.org\"}";

/* Filled in with values as JSON. */
static bool render(const char *name, const char *language, const char *json, struct rendered *out)
{
	json_t *values = json_loads(json, 0, NULL);
	bool known = template_render(text_of(name), text_of(language), values, arena, out);

	json_decref(values);
	return known;
}

static void values_are_put_in_and_not_looked_at_again(void **state)
{
	struct rendered said;

	(void)state;
	assert_true(render("ticket_created", "en", fields, &said));
	assert_true(text_equal(said.subject, TEXT("[HD-2026-7] {userName}  Bcc: all@example.org")));
	assert_true(text_starts_with(said.text, TEXT("Hello Zo\xC3\xAB,\n\n")));
	assert_non_null(memmem(said.text.data, said.text.len, "- Title: {userName}\nBcc", 23));
}

static void an_absent_field_is_empty(void **state)
{
	struct rendered said;

	(void)state;
	assert_true(render("ticket_created", "en", "{}", &said));
	assert_true(text_equal(said.subject, TEXT("[] ")));
}

static bool holds(struct text text, const char *part)
{
	return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

static void a_line_that_says_nothing_vanishes(void **state)
{
	struct rendered said;

	(void)state;
	assert_true(render("ticket_created", "en", fields, &said));
	assert_true(holds(said.text, "Details:\n- Number: #HD-2026-7\n- Title: "));
	assert_false(holds(said.text, "Priority"));
	assert_false(holds(said.text, "Category"));
	assert_true(holds(said.text, "all@example.org\n\nYou can follow"));
}

static void a_paragraph_that_says_nothing_goes_with_its_heading(void **state)
{
	static const char commented[] = "{\"userName\":\"Ana\",\"ticketNumber\":7,\"comment\":\"one\\n\\ntwo {x}\"}";
	static const char moved[] = "{\"userName\":\"Ana\",\"ticketNumber\":\"7\",\"oldStatus\":\"open\","
	                            "\"newStatus\":\"closed\"}";
	struct rendered said;

	(void)state;
	assert_true(render("ticket_updated", "en", commented, &said));
	assert_true(text_equal(
	        said.text, TEXT("Hello Ana,\n\nYour ticket #7 was updated.\n\nThe agent's comment:\none\n\ntwo "
	                        "{x}\n\nKind regards,\nThe Support team\n\n"
	                        "To answer, simply reply to this e-mail.\n")));
	assert_true(render("ticket_updated", "fr", moved, &said));
	assert_true(
	        holds(said.text, "\n\nChangements:\n- Statut: Ouvert \xE2\x86\x92 Ferm\xC3\xA9\n\nCordialement,\n"));
	assert_false(holds(said.text, "Commentaire"));
	assert_true(render("ticket_updated", "fr", "{}", &said));
	assert_true(text_equal(said.text,
	        TEXT("Cordialement,\nL'\xC3\xA9quipe Support\n\nPour r\xC3\xA9pondre, r\xC3\xA9pondez simplement "
	             "\xC3\xA0 cet e-mail.\n")));
}

/* --- the frame ---------------------------------------------------------------------- */
static void a_mail_has_a_button_the_conversation_and_the_reply_line(void **state)
{
	static const char values[] =
	        "{\"ticketNumber\":\"7\",\"title\":\"T\",\"link\":\"https://desk.example/tickets/7\","
	        "\"comments\":[{\"author\":\"Ana\",\"at\":\"2026-01-02 03:04\",\"content\":\"a\\nb\"}]}";
	struct rendered said;

	(void)state;
	assert_true(render("ticket_created", "en", values, &said));
	assert_true(holds(
	        said.text, "reply to this e-mail.\n\n--- Latest messages ---\n\nAna, 2026-01-02 03:04 :\na\nb\n"));
	assert_true(holds(said.html, "<html lang=\"en\">"));
	assert_true(holds(said.html, "<a href=\"https://desk.example/tickets/7\""));
	assert_true(holds(said.html, ">Open the ticket</a>"));
	assert_true(holds(said.html, ">Latest messages</h2>"));
	assert_true(holds(said.html, ">a<br>\nb</p>"));
	assert_true(text_equal(said.brief, TEXT("Ticket #7 created - T")));
}

static void the_brand_frames_every_mail(void **state)
{
	json_t *values = json_pack("{s:s}", "title", "T");
	json_t *brand = json_pack(
	        "{s:s, s:s, s:s, s:b}", "name", "A&B", "color", "#12ab9f", "footer", "1 rue\nParis", "replyLine", 0);
	struct rendered said;

	(void)state;
	assert_true(
	        template_fill(template_find(TEXT("ticket_created"), TEXT("fr")), NULL, values, brand, arena, &said));
	json_decref(values);
	json_decref(brand);
	assert_true(holds(said.html, ">A&amp;B</p>"));
	assert_true(holds(said.html, "3px solid #12ab9f"));
	assert_true(holds(said.html, "1 rue<br>\nParis"));
	assert_false(holds(said.html, "cet e-mail"));
	assert_true(holds(said.text, "Support\n\n1 rue\nParis\n"));
}

/* --- edited ones ----------------------------------------------------------------------- */
static void an_edit_replaces_its_parts_alone(void **state)
{
	const struct template *template = template_find(TEXT("ticket_created"), TEXT("fr"));
	const struct text sources[TEMPLATE_PARTS] = {
		[PART_SUBJECT] = TEXT("X {title}"), [PART_TEXT] = TEXT("Salut {userName} <b>\n\nDeux")
	};
	json_t *values = json_pack("{s:s, s:s}", "title", "T", "userName", "Z");
	struct template_edit edit;
	struct template_fault fault;
	struct rendered said;

	(void)state;
	assert_true(template_parse(arena, template, sources, &edit, &fault));
	assert_true(template_fill(template, &edit, values, NULL, arena, &said));
	json_decref(values);
	assert_true(text_equal(said.subject, TEXT("X T")));
	assert_true(text_starts_with(said.text, TEXT("Salut Z <b>\n\nDeux\n")));
	assert_true(holds(said.html, "<p dir=\"auto\">Salut Z &lt;b&gt;</p>\n<p dir=\"auto\">Deux</p>"));
	assert_true(text_equal(said.brief, TEXT("Ticket # cr\xC3\xA9\xC3\xA9 - T")));
}

static void words_are_said_in_the_readers_language(void **state)
{
	(void)state;
	assert_true(text_equal(words_translate(TEXT("priority"), TEXT("high"), TEXT("fr")), TEXT("haute")));
	assert_true(text_equal(words_translate(TEXT("oldStatus"), TEXT("open"), TEXT("fr")), TEXT("Ouvert")));
	assert_true(text_equal(
	        words_translate(TEXT("newStatus"), TEXT("waiting_user"), TEXT("en")), TEXT("Waiting for the user")));
	assert_true(
	        text_equal(words_translate(TEXT("newStatus"), TEXT("resolved"), TEXT("es")), TEXT("R\xC3\xA9solu")));
	assert_true(text_equal(words_translate(TEXT("title"), TEXT("open"), TEXT("fr")), TEXT("open")));
}

static void an_unknown_language_is_french(void **state)
{
	struct rendered said;

	(void)state;
	assert_true(render("ticket_created", "es", fields, &said));
	assert_true(text_starts_with(said.text, TEXT("Bonjour Zo\xC3\xAB,")));
	assert_true(render("ticket_created", NULL, fields, &said));
	assert_true(text_starts_with(said.text, TEXT("Bonjour ")));
}

static void an_unknown_template_is_refused(void **state)
{
	struct rendered said = { .subject = TEXT("untouched"), .text = TEXT("untouched") };

	(void)state;
	assert_false(render("nothing", "fr", fields, &said));
	assert_true(text_equal(said.subject, TEXT("untouched")));
	assert_true(text_equal(said.text, TEXT("untouched")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_template_is_there_in_every_language),
		cmocka_unit_test_setup_teardown(values_are_put_in_and_not_looked_at_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_absent_field_is_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_line_that_says_nothing_vanishes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_paragraph_that_says_nothing_goes_with_its_heading, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		        a_mail_has_a_button_the_conversation_and_the_reply_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_brand_frames_every_mail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_edit_replaces_its_parts_alone, set_up, tear_down),
		cmocka_unit_test(words_are_said_in_the_readers_language),
		cmocka_unit_test_setup_teardown(an_unknown_language_is_french, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_template_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
