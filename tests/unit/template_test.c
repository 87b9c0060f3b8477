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

/* Is name one of the words of the list? */
static bool is_listed(struct text name, const char *list)
{
	for (size_t len; *list; list += len + (list[len] == ' ')) {
		len = strcspn(list, " ");
		if (text_equal(name, (struct text){ list, len }))
			return true;
	}
	return false;
}

static void assert_declared(const struct template *template, const char *text)
{
	for (const char *open = strchr(text, '{'); open; open = strchr(open + 1, '{')) {
		const char *close = strchr(open, '}');

		assert_non_null(close);
		assert_true(is_listed((struct text){ open + 1, (size_t)(close - open - 1) }, template->fields));
	}
}

static void a_template_uses_only_declared_fields(void **state)
{
	(void)state;
	assert_true(template_count > 0);
	for (int i = 0; i < template_count; i++) {
		assert_declared(&templates[i], templates[i].subject);
		assert_declared(&templates[i], templates[i].body);
	}
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

static const struct template_field fields[] = {
	{ TEXT("userName"), TEXT("Zo\xC3\xAB") },
	{ TEXT("ticketNumber"), TEXT("HD-2026-7") },
	{ TEXT("subjectTitle"), TEXT("{userName}\r\nBcc: all@example.org") },
	{ TEXT("title"), TEXT("{userName}\r\nBcc: all@example.org") },
};

static void values_are_put_in_and_not_looked_at_again(void **state)
{
	struct text subject, body;

	(void)state;
	assert_true(template_render(TEXT("ticket_created"), TEXT("en"), fields, 4, arena, &subject, &body));
	assert_true(text_equal(subject, TEXT("[HD-2026-7] {userName}  Bcc: all@example.org")));
	assert_true(text_starts_with(body, TEXT("Hello Zo\xC3\xAB,\n\n")));
	assert_non_null(memmem(body.data, body.len, "- Title: {userName}\r\nBcc", 24));
}

static void an_absent_field_is_empty(void **state)
{
	struct text subject, body;

	(void)state;
	assert_true(template_render(TEXT("ticket_created"), TEXT("en"), NULL, 0, arena, &subject, &body));
	assert_true(text_equal(subject, TEXT("[] ")));
}

static bool holds(struct text body, const char *part)
{
	return memmem(body.data, body.len, part, strlen(part)) != NULL;
}

static void a_line_that_says_nothing_vanishes(void **state)
{
	struct text subject, body;

	(void)state;
	assert_true(template_render(TEXT("ticket_created"), TEXT("en"), fields, 4, arena, &subject, &body));
	assert_true(holds(body, "Details:\n- Number: #HD-2026-7\n- Title: "));
	assert_false(holds(body, "Priority"));
	assert_false(holds(body, "Category"));
	assert_true(holds(body, "all@example.org\n\nYou can follow"));
}

static void a_paragraph_that_says_nothing_goes_with_its_heading(void **state)
{
	static const struct template_field commented[] = {
		{ TEXT("userName"), TEXT("Ana") },
		{ TEXT("ticketNumber"), TEXT("7") },
		{ TEXT("comment"), TEXT("one\n\ntwo {x}") },
	};
	static const struct template_field moved[] = {
		{ TEXT("userName"), TEXT("Ana") },
		{ TEXT("ticketNumber"), TEXT("7") },
		{ TEXT("oldStatus"), TEXT("Open") },
		{ TEXT("newStatus"), TEXT("Closed") },
	};
	struct text subject, body;

	(void)state;
	assert_true(template_render(TEXT("ticket_updated"), TEXT("en"), commented, 3, arena, &subject, &body));
	assert_true(
	        text_equal(body, TEXT("Hello Ana,\n\nYour ticket #7 was updated.\n\nThe agent's comment:\none\n\ntwo "
	                              "{x}\n\nKind regards,\nThe Support team\n")));
	assert_true(template_render(TEXT("ticket_updated"), TEXT("fr"), moved, 4, arena, &subject, &body));
	assert_true(holds(body, "\n\nChangements:\n- Statut: Open \xE2\x86\x92 Closed\n\nCordialement,\n"));
	assert_false(holds(body, "Commentaire"));
	assert_true(template_render(TEXT("ticket_updated"), TEXT("fr"), NULL, 0, arena, &subject, &body));
	assert_true(text_equal(body, TEXT("Cordialement,\nL'\xC3\xA9quipe Support\n")));
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
	struct text subject, body;

	(void)state;
	assert_true(template_render(TEXT("ticket_created"), TEXT("es"), fields, 4, arena, &subject, &body));
	assert_true(text_starts_with(body, TEXT("Bonjour Zo\xC3\xAB,")));
	assert_true(template_render(TEXT("ticket_created"), TEXT_NONE, fields, 4, arena, &subject, &body));
	assert_true(text_starts_with(body, TEXT("Bonjour ")));
}

static void an_unknown_template_is_refused(void **state)
{
	struct text subject = TEXT("untouched"), body = TEXT("untouched");

	(void)state;
	assert_false(template_render(TEXT("nothing"), TEXT("fr"), fields, 4, arena, &subject, &body));
	assert_true(text_equal(subject, TEXT("untouched")));
	assert_true(text_equal(body, TEXT("untouched")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_template_uses_only_declared_fields),
		cmocka_unit_test(a_template_is_there_in_every_language),
		cmocka_unit_test_setup_teardown(values_are_put_in_and_not_looked_at_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_absent_field_is_empty, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_line_that_says_nothing_vanishes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_paragraph_that_says_nothing_goes_with_its_heading, set_up, tear_down),
		cmocka_unit_test(words_are_said_in_the_readers_language),
		cmocka_unit_test_setup_teardown(an_unknown_language_is_french, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_template_is_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
