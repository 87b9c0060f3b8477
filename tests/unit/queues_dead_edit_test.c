/* queues_dead_edit_test.c - what a dead letter says, changed: held against its row, about the same thing, with its
 * fingerprint. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "queues/dead_edit.h"

#define TICKET "01a1fd58-4037-7b51-8275-9e8082d1c2d5"
#define SAID                                                                                                           \
	"{\"ticketId\":\"" TICKET "\",\"commentId\":\"01a1fd58-4054-7350-be35-9bfaf8cd771c\",\"content\":\"hello\"}"

static struct arena *arena;
static struct dead_edit edit;
static struct problems problems;

static bool try(const char *type, const char *body, const char *set, bool whole)
{
	problems = (struct problems){ 0 };
	return dead_edit(arena, text_of(type), text_of(body), text_of(set), whole, &edit, &problems);
}

static void members_are_changed_and_taken_away(void **state)
{
	uint8_t fp[FINGERPRINT_BYTES];
	char hex[2 * FINGERPRINT_BYTES + 1];

	(void)state;
	assert_true(try("ticket.comment", SAID, "{\"content\":\"bye\",\"isInternal\":true}", false));
	assert_non_null(strstr(edit.body.data, "\"content\":\"bye\""));
	assert_true(text_equal(edit.changed, TEXT("[\"content\",\"isInternal\"]")));
	envelope_fingerprint(TEXT("ticket.comment"), edit.body, fp);
	text_hex(fp, sizeof fp, hex);
	assert_string_equal(hex, edit.fp);
	assert_true(try("ticket.comment", text_dup(arena, edit.body), "{\"isInternal\":null}", false));
	assert_null(strstr(edit.body.data, "isInternal"));
	assert_true(text_equal(edit.changed, TEXT("[\"isInternal\"]")));
}

static void what_no_client_could_send_is_refused(void **state)
{
	(void)state;
	assert_false(try("ticket.comment", SAID, "{\"content\":7}", false));
	assert_string_equal(problems.items[0].pointer, "/content");
	assert_false(try("ticket.comment", SAID, "{\"content\":null}", false));
	assert_false(try("ticket.comment", SAID, "{\"frob\":1}", false));
	assert_false(try("ticket.comment", SAID, "[1]", false));
	assert_false(try("ticket.comment", SAID, "{\"content\":", false));
	assert_false(try("ticket.created", "{}", "{\"title\":\"x\"}", false)); /* an event */
	assert_false(try("what.is.this", "{}", "{}", false));
}

static void what_it_is_about_stays(void **state)
{
	(void)state;
	assert_false(try("ticket.comment", SAID, "{\"ticketId\":\"01a1fd58-41c6-7e02-9d3f-6f0a2b7c8d9e\"}", false));
	assert_string_equal(problems.items[0].pointer, "/ticketId");
	assert_false(try("ticket.comment", SAID, "{\"content\":\"x\"}", true));
	assert_true(try("ticket.comment", SAID, SAID, true));
	assert_true(text_equal(edit.changed, TEXT("[]")));
}

static void what_was_no_json_is_written_anew(void **state)
{
	(void)state;
	assert_true(try("mail.due", "not json", "{\"mailId\":\"" TICKET "\"}", false));
	assert_true(text_equal(edit.body, TEXT("{\"mailId\":\"" TICKET "\"}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_changed_and_taken_away),
		cmocka_unit_test(what_no_client_could_send_is_refused),
		cmocka_unit_test(what_it_is_about_stays),
		cmocka_unit_test(what_was_no_json_is_written_anew),
	};
	int failed;

	arena = arena_new(1 << 14);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	arena_free(&arena);
	return failed;
}
