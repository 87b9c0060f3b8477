/* ingress_call_test.c - what a request says: headers, once or several times, tags, parameters of the query. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "ingress/http/call.h"
#include "ingress/http/etag.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, open_call, close_call, NULL                                                           \
	}

static h2o_req_t request;
static struct call call;

static int open_call(void **state)
{
	(void)state;
	memset(&request, 0, sizeof request);
	h2o_mem_init_pool(&request.pool);
	call = (struct call){ .req = &request, .arena = arena_new(4096) };
	return 0;
}

static int close_call(void **state)
{
	(void)state;
	h2o_mem_clear_pool(&request.pool);
	arena_free(&call.arena);
	return 0;
}

static void add(const char *name, const char *value)
{
	h2o_add_header_by_str(&request.pool, &request.headers, name, strlen(name), 1, NULL, value, strlen(value));
}

static void assert_text(struct text found, const char *wanted)
{
	if (!text_equal(found, text_of(wanted)))
		fail_msg("%.*s is not %s", (int)found.len, found.data ? found.data : "", wanted);
}

static void a_single_header_given_twice_is_none(void **state)
{
	(void)state;
	assert_null(call_header(&call, "authorization").data);
	assert_null(call_repeated_header(&call));
	add("authorization", "Bearer one");
	assert_text(call_header(&call, "authorization"), "Bearer one");
	assert_null(call_repeated_header(&call));
	add("authorization", "Bearer two");
	assert_null(call_header(&call, "authorization").data);
	assert_string_equal(call_repeated_header(&call), "authorization");
}

static void a_list_is_one_however_it_is_spread(void **state)
{
	(void)state;
	assert_null(call_headers(&call, "prefer").data);
	add("prefer", "wait=1");
	assert_text(call_headers(&call, "prefer"), "wait=1");
	add("prefer", "respond-async");
	assert_text(call_headers(&call, "prefer"), "wait=1, respond-async");
	add("cookie", "a=1");
	add("cookie", "b=2");
	assert_text(call_headers(&call, "cookie"), "a=1; b=2");
	assert_null(call_repeated_header(&call));
}

static void a_preference_is_a_name_with_its_value(void **state)
{
	(void)state;
	add("prefer", "Handling=STRICT, respond-async");
	assert_true(call_prefers(&call, "handling", "strict"));
	assert_true(call_prefers(&call, "respond-async", ""));
	assert_false(call_prefers(&call, "handling", "lenient"));
	assert_false(call_prefers(&call, "wait", ""));
}

static void a_client_that_is_gone_says_nothing(void **state)
{
	(void)state;
	add("prefer", "respond-async");
	call.req = NULL;
	assert_null(call_header(&call, "prefer").data);
	assert_null(call_headers(&call, "prefer").data);
	assert_text(call_body(&call), "");
}

static bool knows(const char *tag, bool *out_packed)
{
	return etag_is_known(&call, text_of(tag), out_packed);
}

static void a_tag_is_known_in_either_form(void **state)
{
	bool packed = true;

	(void)state;
	assert_false(knows("v7-user-aa", &packed));
	add("if-none-match", "\"v6-user-aa\", W/\"v7-user-aa\"");
	assert_true(knows("v7-user-aa", &packed));
	assert_false(packed);
	add("if-none-match", "\"v8-user-aa-gz\"");
	assert_true(knows("v8-user-aa", &packed));
	assert_true(packed);
	assert_false(knows("v8-user", &packed));
	assert_false(knows("v8-user-aa-gz-gz", &packed));
}

static void a_star_knows_every_tag(void **state)
{
	bool packed = true;

	(void)state;
	add("if-none-match", "*");
	assert_true(knows("v7-user-aa", &packed));
	assert_false(packed);
}

static void a_tag_without_quotes_is_none(void **state)
{
	bool packed;

	(void)state;
	add("if-none-match", "v7-user-aa, \"v7-user-aa, v7-user-aa\"");
	assert_false(knows("v7-user-aa", &packed));
}

static void parameters_are_decoded_one_by_one(void **state)
{
	struct text name, value;
	size_t at = 0;

	(void)state;
	call.query = TEXT("q=a+b%20c%2&&=no&flag&%71=%C3%A9");
	assert_true(call_next_parameter(&call, &at, &name, &value));
	assert_text(name, "q");
	assert_text(value, "a b c%2");
	assert_true(call_next_parameter(&call, &at, &name, &value));
	assert_text(name, "flag");
	assert_text(value, "");
	assert_true(call_next_parameter(&call, &at, &name, &value));
	assert_text(name, "q");
	assert_text(value, "é");
	assert_false(call_next_parameter(&call, &at, &name, &value));
}

static void what_gives_access_is_not_logged(void **state)
{
	(void)state;
	call.path = TEXT("/commands/01a1fd58-4037-7b51-8275-9e8082d1c2d5.secret");
	assert_text(call_logged_path(&call), "/commands/01a1fd58-4037-7b51-8275-9e8082d1c2d5");
	call.path = TEXT("/tickets/a.b");
	assert_text(call_logged_path(&call), "/tickets/a.b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE(
		        "a header that must be single and is given twice is none", a_single_header_given_twice_is_none),
		SENTENCE("a list is one, however it is spread over headers", a_list_is_one_however_it_is_spread),
		SENTENCE("a preference is a name with its value, in any case", a_preference_is_a_name_with_its_value),
		SENTENCE("a client that is gone says nothing", a_client_that_is_gone_says_nothing),
		SENTENCE("a tag is known in either form, weak or strong", a_tag_is_known_in_either_form),
		SENTENCE("a star knows every tag", a_star_knows_every_tag),
		SENTENCE("a tag without quotes is none", a_tag_without_quotes_is_none),
		SENTENCE("parameters are decoded one by one, and one without a name is none",
		        parameters_are_decoded_one_by_one),
		SENTENCE("what gives access is not logged", what_gives_access_is_not_logged),
	};

	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
