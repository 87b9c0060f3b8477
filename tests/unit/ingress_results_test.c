/* ingress_results_test.c - what came by Redis: whose result it is, and what it says. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "ingress/command/results.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}
#define ID "01a1fd58-4037-7b51-8275-9e8082d1c2d5"
#define SUBJECT "01a1fd58-41c6-7e02-9d3f-6f0a2b7c8d9e"

static struct waiters *waiters;
static struct waiter waiter;
static int called;
static struct {
	int status;
	int64_t version;
	struct uuid subject_id;
	char code[64], detail[64], pointer[64], ignored[64];
} heard;

static void keep(char out[64], struct text t)
{
	snprintf(out, 64, "%.*s", (int)t.len, t.data ? t.data : "");
}

static void on_done(struct waiter *of, const struct outcome_told *told)
{
	assert_ptr_equal(of, &waiter);
	called++;
	heard.status = told->status;
	heard.version = told->version;
	heard.subject_id = told->subject_id;
	keep(heard.code, told->code);
	keep(heard.detail, told->detail);
	keep(heard.pointer, told->pointer);
	keep(heard.ignored, told->ignored);
}

static int wait_for_one(void **state)
{
	(void)state;
	waiters = waiters_new(NULL);
	waiter = (struct waiter){ .correlation_id = TEXT("request-1"), .done = on_done };
	uuid_parse(TEXT(ID), &waiter.command_id);
	memset(waiter.fp, 0xab, sizeof waiter.fp);
	waiter_add(waiters, &waiter, INT64_MAX);
	called = 0;
	memset(&heard, 0, sizeof heard);
	return 0;
}

static int wait_no_more(void **state)
{
	(void)state;
	free(waiters);
	return 0;
}

/* A result with these members, beside those that say whose it is. */
static void tell(const char *id, const char *request, const char *fp_byte, const char *members)
{
	char text[1024], fp[2 * FINGERPRINT_BYTES + 1] = "";
	json_t *result;

	for (int i = 0; i < FINGERPRINT_BYTES; i++)
		strcat(fp, fp_byte);
	snprintf(text, sizeof text, "{\"commandId\":\"%s\",\"correlationId\":\"%s\",\"fp\":\"%s\"%s}", id, request, fp,
	        members);
	result = json_loads(text, 0, NULL);
	assert_non_null(result);
	results_tell(waiters, result);
	json_decref(result);
}

static void a_result_says_what_was_done(void **state)
{
	struct uuid subject;

	(void)state;
	tell(ID, "request-1", "ab",
	        ",\"status\":201,\"subjectId\":\"" SUBJECT "\",\"version\":7,\"ignored\":[\"status\"]");
	assert_int_equal(called, 1);
	assert_int_equal(heard.status, 201);
	assert_int_equal(heard.version, 7);
	assert_string_equal(heard.ignored, "[\"status\"]");
	assert_true(uuid_parse(TEXT(SUBJECT), &subject) && uuid_equal(&subject, &heard.subject_id));
	assert_string_equal(heard.code, "");
	assert_int_equal(waiters_count(waiters), 0);
}

static void a_refusal_says_why_and_where(void **state)
{
	(void)state;
	tell(ID, "request-1", "ab",
	        ",\"status\":409,\"code\":\"INVALID_TRANSITION\",\"detail\":\"it is closed\",\"pointer\":\"/status\"");
	assert_int_equal(heard.status, 409);
	assert_string_equal(heard.code, "INVALID_TRANSITION");
	assert_string_equal(heard.detail, "it is closed");
	assert_string_equal(heard.pointer, "/status");
	assert_true(uuid_is_none(&heard.subject_id));
	assert_string_equal(heard.ignored, "");
}

static void a_result_of_another_is_for_nobody_here(void **state)
{
	(void)state;
	tell(SUBJECT, "request-1", "ab", ",\"status\":200");
	tell(ID, "request-2", "ab", ",\"status\":200");
	tell(ID, "request-1", "ac", ",\"status\":200");
	assert_int_equal(called, 0);
	assert_int_equal(waiters_count(waiters), 1);
}

static void what_is_no_result_is_for_nobody(void **state)
{
	static const char *const texts[] = { "{}", "[]", "7", "{\"commandId\":7}", "{\"commandId\":\"" ID "\"}",
		"{\"commandId\":\"" ID "\",\"correlationId\":\"request-1\",\"fp\":\"abab\"}" };

	(void)state;
	results_tell(waiters, NULL);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		json_t *json = json_loads(texts[i], JSON_DECODE_ANY, NULL);

		assert_non_null(json);
		results_tell(waiters, json);
		json_decref(json);
	}
	assert_int_equal(called, 0);
}

static void a_loop_is_found_by_its_own_channel(void **state)
{
	struct loop *first = loop_new(), *second = loop_new();

	(void)state;
	assert_ptr_equal(results_loop_of(loop_reply_address(first)), first);
	assert_ptr_equal(results_loop_of(loop_reply_address(second)), second);
	assert_null(results_loop_of(TEXT("guichet.results.")));
	assert_null(results_loop_of(TEXT("guichet.results.01a1fd58-4037-7b51-8275-9e8082d1c2d5")));
	assert_true(loop_any_running());
}

#define WAITING(title, function)                                                                                       \
	{                                                                                                              \
		title, function, wait_for_one, wait_no_more, NULL                                                      \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WAITING("a result says what was done, and what was left out", a_result_says_what_was_done),
		WAITING("a refusal says why, and at which member", a_refusal_says_why_and_where),
		WAITING("a result of another command, request or body is for nobody here",
		        a_result_of_another_is_for_nobody_here),
		WAITING("what is no result is for nobody", what_is_no_result_is_for_nobody),
		SENTENCE("a loop is found by its own channel, and by no other", a_loop_is_found_by_its_own_channel),
	};

	return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
