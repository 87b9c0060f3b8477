/* What a request's head must be like to be read on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ingress/http/head.h"

static enum head_verdict check(const char *input)
{
	const char *why = NULL;
	enum head_verdict verdict = head_check(text_of(input), &why);

	assert_true((verdict >= HEAD_MALFORMED) == (why != NULL));
	return verdict;
}

#define LINE "GET /live HTTP/1.1\r\n"
#define HOST "Host: desk\r\n"

static void ordinary_heads_are_fine(void **state)
{
	(void)state;
	assert_int_equal(check(LINE HOST "\r\n"), HEAD_FINE);
	assert_int_equal(check("\r\n" LINE HOST "\r\n"), HEAD_FINE);
	assert_int_equal(check(LINE HOST "Content-Length: 2\r\n\r\n{}GET / HTTP/1.1\n"), HEAD_FINE);
	assert_int_equal(check(LINE HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), HEAD_LAST);
	assert_int_equal(check("GET /live HTTP/1.0\r\n\r\n"), HEAD_FINE);
	assert_int_equal(check("GET / HTTP/1.1\r\n" HOST "\r\n"), HEAD_FINE);
	assert_int_equal(check("GET /api/v1/tickets/?q=//..\\%2f/ HTTP/1.1\r\n" HOST "\r\n"), HEAD_FINE);
	assert_int_equal(check("GET /a.b/...%2e/.x/x./%zz/%252f HTTP/1.1\r\n" HOST "\r\n"), HEAD_FINE);
	assert_int_equal(check("GET http://desk/live?x=/.. HTTP/1.1\r\n" HOST "\r\n"), HEAD_FINE);
	assert_int_equal(check("GET http://desk?x HTTP/1.1\r\n" HOST "\r\n"), HEAD_FINE);
	assert_int_equal(check("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), HEAD_FINE);
	assert_int_equal(
	        check(LINE HOST "X-Content-Length: 1\r\nContent-Length: 1\r\nContent-Length-Of: 1\r\n\r\n"), HEAD_FINE);
}

static void two_readings_are_refused(void **state)
{
	static const char *const heads[] = {
		LINE HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
		LINE HOST "content-length: 1\r\nCONTENT-LENGTH: 2\r\n\r\n",
		LINE HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		LINE HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
		LINE HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET /live HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		LINE HOST HOST "\r\n",
		LINE "\r\n",
		LINE HOST "X: 1\r\n folded\r\n\r\n",
		LINE HOST "X: 1\r\n\tfolded\r\n\r\n",
		LINE " Host: desk\r\n\r\n",
		"GET /live HTTP/1.1\nHost: desk\r\n\r\n",
		LINE "Host: desk\n\r\n",
		LINE HOST "\n",
		"\n" LINE HOST "\r\n",
		LINE HOST "X: 1\nContent-Length: 5\r\n\r\n",
		LINE HOST,
		"GET /live#/../ready HTTP/1.1\r\n" HOST "\r\n",
#define PATH(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
		PATH("//"),
		PATH("//live"),
		PATH("/live//"),
		PATH("/ready//.."),
		PATH("/."),
		PATH("/./live"),
		PATH("/x/.."),
		PATH("/x/../live"),
		PATH("/x/%2e%2E/live"),
		PATH("/x/.%2e?y"),
		PATH("/%2e/live"),
		PATH("/x%2f..%2Flive"),
		PATH("/live%2f"),
		PATH("/x\\..\\live"),
		PATH("/live%5C"),
		PATH("http://desk//live"),
		PATH("http://desk/x/../live"),
		PATH("HTTPS://desk/%2e%2e/live"),
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		assert_int_equal(check(heads[i]), HEAD_MALFORMED);
}

static void a_huge_head_is_refused_and_a_huge_body_is_none_of_it(void **state)
{
	char *input = calloc(1, 2 * HEAD_MOST);
	const char *why;

	(void)state;
	strcpy(input, LINE HOST "X: ");
	memset(input + strlen(input), 'x', HEAD_MOST - strlen(input) - 4);
	strcat(input, "\r\n\r\n");
	assert_int_equal(check(input), HEAD_FINE);
	memcpy(input + HEAD_MOST - 4, "xx\r\n\r\n", 7);
	assert_int_equal(check(input), HEAD_TOO_LARGE);
	strcpy(input, LINE HOST "\r\n");
	memset(input + strlen(input), '\n', 2 * HEAD_MOST - strlen(input));
	assert_int_equal(head_check((struct text){ input, 2 * HEAD_MOST }, &why), HEAD_FINE);
	free(input);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_heads_are_fine),
		cmocka_unit_test(two_readings_are_refused),
		cmocka_unit_test(a_huge_head_is_refused_and_a_huge_body_is_none_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
