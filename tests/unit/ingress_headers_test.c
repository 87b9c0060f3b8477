/* ingress_headers_test.c - what request headers say: lists, numbers, preferences, languages, cookies, versions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "ingress/http/headers.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}
#define COUNT(array) (sizeof(array) / sizeof *(array))

static void assert_text(struct text found, const char *wanted)
{
	if (!text_equal(found, text_of(wanted)))
		fail_msg("%.*s is not %s", (int)found.len, found.data ? found.data : "", wanted ? wanted : "absent");
}

static void every_item_of_a_list_is_found(void **state)
{
	struct text rest = TEXT(" , a,,\"b, c\" ; d=\"\\\",\", e"), item;

	(void)state;
	assert_true(headers_next(&rest, ',', &item));
	assert_text(item, "a");
	assert_true(headers_next(&rest, ',', &item));
	assert_text(item, "\"b, c\" ; d=\"\\\",\"");
	assert_true(headers_next(&rest, ',', &item));
	assert_text(item, "e");
	assert_false(headers_next(&rest, ',', &item));
	rest = TEXT("\"never closed, ever");
	assert_true(headers_next(&rest, ',', &item));
	assert_false(headers_next(&rest, ',', &item));
}

static void a_number_has_a_limit(void **state)
{
	static const char *const none[] = { "", "-1", "+1", "1.5", "1 ", "0x10", "1e3", "ten" };
	int64_t number = -7;

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		assert_false(headers_number(text_of(none[i]), 10, &number));
	assert_int_equal(number, -7);
	assert_true(headers_number(TEXT("007"), 10, &number));
	assert_int_equal(number, 7);
	assert_true(headers_number(TEXT("9223372036854775807"), 10, &number));
	assert_int_equal(number, 10);
	assert_true(headers_number(TEXT("99999999999999999999999999999999999999999"), INT64_MAX, &number));
	assert_int_equal(number, INT64_MAX);
}

static void a_preference_is_found_by_its_whole_name(void **state)
{
	static const struct {
		const char *prefer, *value; /* of wait; NULL: it is not there */
	} rows[] = {
		{ "wait=5", "5" },
		{ "respond-async, wait=5", "5" },
		{ "respond-async,WAIT = \"5\"; x=y", "5" },
		{ "wait=5, wait=6", "5" },
		{ "wait", "" },
		{ "nowait=5", NULL },
		{ "x=\"wait=5\"", NULL },
		{ "x; wait=5", NULL },
		{ "", NULL },
	};
	struct text value;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		bool found = headers_preference(text_of(rows[i].prefer), TEXT("wait"), &value);

		assert_int_equal(found, rows[i].value != NULL);
		if (found)
			assert_text(value, rows[i].value);
	}
	assert_false(headers_preference(TEXT_NONE, TEXT("wait"), &value));
}

static void the_language_that_weighs_most_is_spoken(void **state)
{
	static const struct {
		const char *accept;
		enum language language;
	} rows[] = {
		{ NULL, LANGUAGE_FR },
		{ "", LANGUAGE_FR },
		{ "en", LANGUAGE_EN },
		{ "EN-us", LANGUAGE_EN },
		{ "fr-CH, en;q=0.9", LANGUAGE_FR },
		{ "en, fr", LANGUAGE_EN },
		{ "fr, en", LANGUAGE_FR },
		{ "fr;q=0.5, en;q=0.8", LANGUAGE_EN },
		{ "de, en;q=0.1, fr;q=0.05", LANGUAGE_EN },
		{ "af-ZA", LANGUAGE_FR },
		{ "de-frisian, en", LANGUAGE_EN },
		{ "french, en;q=0.2", LANGUAGE_EN },
		{ "en;q=0", LANGUAGE_FR },
		{ "fr;q=0, *", LANGUAGE_EN },
		{ "fr;q=0, *;q=0.1", LANGUAGE_EN },
		{ "*, en;q=0.5", LANGUAGE_FR },
		{ "*", LANGUAGE_FR },
		{ "en;q=0.2, en-GB;q=0.9, fr;q=0.5", LANGUAGE_EN },
		{ "en;q=2, fr;q=0.1", LANGUAGE_FR },
		{ "en;q=x, fr;q=0.001", LANGUAGE_FR },
		{ "en ; q=1.000 , fr", LANGUAGE_EN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (headers_language(text_of(rows[i].accept)) != rows[i].language)
			fail_msg("%s", rows[i].accept);
}

static void gzip_is_accepted_by_its_name(void **state)
{
	static const char *const yes[] = { "gzip", "GZIP", "br, gzip", "gzip;q=0.5", "gzip ; q=1" };
	static const char *const no[] = { NULL, "", "x-gzip-like", "br", "gzip;q=0", "gzip;q=0.000", "nogzip, br",
		"*" };

	(void)state;
	for (size_t i = 0; i < COUNT(yes); i++)
		assert_true(headers_accept_gzip(text_of(yes[i])));
	for (size_t i = 0; i < COUNT(no); i++)
		assert_false(headers_accept_gzip(text_of(no[i])));
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
	static const struct {
		const char *cookies, *value;
	} rows[] = {
		{ "refreshToken=abc", "abc" },
		{ "theme=dark; refreshToken=abc", "abc" },
		{ "theme=dark;refreshToken = \"abc\" ;x=y", "abc" },
		{ "refreshToken=abc; refreshToken=def", "abc" },
		{ "refreshToken=", "" },
		{ "refreshToken=a=b", "a=b" },
		{ "XrefreshToken=abc", NULL },
		{ "x=refreshToken=abc", NULL },
		{ "refreshtoken=abc", NULL },
		{ "refreshToken", NULL },
		{ "x=\"; refreshToken=abc", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_text(headers_cookie(text_of(rows[i].cookies), TEXT("refreshToken")), rows[i].value);
}

static void a_version_is_a_whole_tag_of_ours(void **state)
{
	static const struct {
		const char *header, *version; /* NULL: any */
	} good[] = {
		{ NULL, NULL },
		{ "*", NULL },
		{ "\"v9-user\"", "9" },
		{ "\"v9-user-0a1b2c3d-gz\"", "9" },
		{ "9", "9" },
		{ "\"9\"", "9" },
		{ "v9", "9" },
		{ "\"v9-user\", \"v9-agent-gz\"", "9" },
		{ "\"v99999999999-user\"", "99999999999" },
	};
	static const char *const bad[] = { "", " ", "W/\"v9-user\"", "\"v9-user\", W/\"v9-user\"", "\"v9abc\"", "v",
		"\"\"", "\"v9", "v9\"", "\"x\"", "-1", "\"v9-USER\"", "\"v8-user\", \"v9-user\"", "*, \"v9\"", "1 2",
		"\"v9-\x01\"" };
	struct text version;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_true(headers_version(text_of(good[i].header), &version, &why));
		assert_text(version, good[i].version);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		why = NULL;
		if (headers_version(text_of(bad[i]), &version, &why))
			fail_msg("%s", bad[i]);
		assert_non_null(why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("every item of a list is found, and a comma inside quotes separates nothing",
		        every_item_of_a_list_is_found),
		SENTENCE("a number has a limit, however long it is", a_number_has_a_limit),
		SENTENCE("a preference is found by its whole name, the first of that name",
		        a_preference_is_found_by_its_whole_name),
		SENTENCE("the language that weighs most is spoken", the_language_that_weighs_most_is_spoken),
		SENTENCE("gzip is accepted by its name and weight", gzip_is_accepted_by_its_name),
		SENTENCE("a cookie is found by its whole name", a_cookie_is_found_by_its_whole_name),
		SENTENCE("a version is a whole tag of ours, and no weak one", a_version_is_a_whole_tag_of_ours),
	};

	return cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
