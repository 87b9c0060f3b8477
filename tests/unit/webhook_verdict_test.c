/* webhook_verdict_test.c - what an endpoint's answer means for a delivery, and for the endpoint. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "workers/webhook/webhook.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 16);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void success_410_and_all_else(void **state)
{
	static const struct {
		CURLcode code;
		long status;
		enum verdict verdict;
	} rows[] = { { CURLE_OK, 200, VERDICT_DELIVERED }, { CURLE_OK, 204, VERDICT_DELIVERED },
		{ CURLE_OK, 304, VERDICT_WAITS }, { CURLE_OK, 404, VERDICT_WAITS }, { CURLE_OK, 410, VERDICT_FAILED },
		{ CURLE_OK, 503, VERDICT_WAITS }, { CURLE_WRITE_ERROR, 200, VERDICT_DELIVERED },
		{ CURLE_OPERATION_TIMEDOUT, 200, VERDICT_WAITS }, { CURLE_TOO_MANY_REDIRECTS, 302, VERDICT_WAITS },
		{ CURLE_COULDNT_CONNECT, 0, VERDICT_WAITS } };

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct delivery *d = ARENA_NEW(arena, struct delivery);

		d->code = rows[i].code;
		d->status = rows[i].status;
		assert_int_equal(verdict_of(d), rows[i].verdict);
	}
}

static void an_answer_counts_though_an_address_was_refused(void **state)
{
	struct delivery *d = ARENA_NEW(arena, struct delivery);

	(void)state;
	d->refused = true;
	d->status = 200;
	assert_null(verdict_error(d, arena).data);
	d->status = 503;
	assert_true(text_equal(verdict_error(d, arena), TEXT("the endpoint said 503")));
	d->code = CURLE_COULDNT_CONNECT;
	assert_non_null(strstr(verdict_error(d, arena).data, "not public"));
}

static void waits_grow_to_three_hours(void **state)
{
	int64_t total_ms = 0;
	int attempts = 0;

	(void)state;
	assert_int_equal(verdict_wait_ms(1, 10000), 10000);
	assert_int_equal(verdict_wait_ms(2, 10000), 30000);
	assert_int_equal(verdict_wait_ms(1000000, 10000), 3 * 3600 * 1000);
	while (total_ms < 72LL * 3600 * 1000)
		total_ms += verdict_wait_ms(++attempts, 10000);
	assert_in_range(attempts, 25, 35);
}

static void failures_are_counted_from_the_last_success(void **state)
{
	struct delivery *ended[6];
	struct uuid one = uuid_new(), other = uuid_new();
	struct rows rows;
	json_t *read;

	(void)state;
	for (int i = 0; i < 6; i++) {
		ended[i] = ARENA_NEW(arena, struct delivery);
		ended[i]->webhook_id = i == 3 ? other : one;
		ended[i]->status = i == 2 ? 200 : 500;
	}
	rows_init(&rows, arena);
	verdict_write_endpoints(&rows, ended, 6, 10000);
	read = json_loadb(rows_done(&rows).data, rows_done(&rows).len, 0, NULL);
	assert_int_equal(json_array_size(read), 2);
	assert_true(json_is_true(json_object_get(json_array_get(read, 0), "delivered")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(read, 0), "failures")), 2);
	assert_true(json_is_false(json_object_get(json_array_get(read, 1), "delivered")));
	assert_int_equal(json_integer_value(json_object_get(json_array_get(read, 1), "failures")), 1);
	json_decref(read);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "2xx is delivered, 410 is the end, all else is tried again", success_410_and_all_else, set_up,
		        tear_down, NULL },
		{ "an answer counts, though another address was refused",
		        an_answer_counts_though_an_address_was_refused, set_up, tear_down, NULL },
		{ "waits grow to three hours", waits_grow_to_three_hours, set_up, tear_down, NULL },
		{ "failures in a row are counted from the last success", failures_are_counted_from_the_last_success,
		        set_up, tear_down, NULL },
	};

	return cmocka_run_group_tests_name("verdicts of deliveries", tests, NULL, NULL);
}
