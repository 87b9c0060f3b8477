/* ctl_doctor_test.c - what doctor says: no password, one line, and the times at which a certificate is a matter. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include "ops/doctor/examiner.h"
#include "ops/doctor/place.h"

#define DAY_S 86400

static int begin(void **state)
{
	struct examiner *e = test_calloc(1, sizeof *e);

	e->arena = arena_new(4096);
	*state = e;
	return 0;
}

static int end(void **state)
{
	struct examiner *e = *state;

	arena_free(&e->arena);
	test_free(e);
	return 0;
}

static void no_sentence_holds_what_stands_before_the_at_of_a_url(void **state)
{
	struct examiner *e = *state;

	examiner_find(
	        e, DOCTOR_FAIL, "x", "x", NULL, "away: postgresql://guichet:s3cret@db:5432/guichet, amqp://u:p@mq");
	assert_string_equal(e->findings[0].sentence, "away: postgresql://db:5432/guichet, amqp://mq");
	examiner_find(e, DOCTOR_FAIL, "x", "x", NULL, "who wrote to a@example.org by http://host/a@b");
	assert_string_equal(e->findings[1].sentence, "who wrote to a@example.org by http://host/a@b");
}

static void a_sentence_is_one_line_of_well_formed_text(void **state)
{
	struct examiner *e = *state;

	assert_string_equal(examiner_words(e, " a\r\n\tb \x1b[31mc\n"), "a b [31mc");
	assert_string_equal(examiner_words(e, "a\xffz"), "a\xef\xbf\xbdz");
}

static void more_findings_than_there_is_room_for_overflow_nothing(void **state)
{
	struct examiner *e = *state;

	for (int i = 0; i < FINDINGS_MAX + 10; i++)
		examiner_fine(e, "x", "x", "%d", i);
	assert_int_equal(e->count, FINDINGS_MAX);
}

static enum doctor_verdict of_certificate(struct examiner *e, int64_t left_s)
{
	examiner_judge_certificate(e, "certificate", "x", (int64_t)time(NULL) + left_s, "");
	return e->findings[e->count - 1].verdict;
}

static void a_certificate_is_told_of_three_weeks_before_it_ends(void **state)
{
	struct examiner *e = *state;

	assert_int_equal(of_certificate(e, 22 * DAY_S), DOCTOR_OK);
	assert_int_equal(of_certificate(e, 20 * DAY_S), DOCTOR_WARN);
	assert_int_equal(of_certificate(e, 2 * DAY_S), DOCTOR_FAIL);
	assert_int_equal(of_certificate(e, -60), DOCTOR_FAIL);
	assert_string_equal(e->findings[e->count - 1].id, "certificate.expired");
}

static void a_url_leads_to_its_first_host(void **state)
{
	struct examiner *e = *state;
	struct place place;

	assert_true(place_of(e->arena, "amqps://u:p%40@mq1,mq2:5672/v", 5672, "amqps", 5671, &place));
	assert_string_equal(place.host, "mq1");
	assert_int_equal(place.port, 5671);
	assert_true(place.tls);
	assert_true(place_of(e->arena, "[::1]:24", 24, NULL, 24, &place));
	assert_string_equal(place.host, "::1");
	assert_false(place.tls);
	assert_false(place_of(e->arena, "amqp://", 5672, NULL, 0, &place));
}

#define SENTENCE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE(no_sentence_holds_what_stands_before_the_at_of_a_url),
		SENTENCE(a_sentence_is_one_line_of_well_formed_text),
		SENTENCE(more_findings_than_there_is_room_for_overflow_nothing),
		SENTENCE(a_certificate_is_told_of_three_weeks_before_it_ends),
		SENTENCE(a_url_leads_to_its_first_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
