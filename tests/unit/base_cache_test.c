/* base_cache_test.c - the parts of a REDIS_URL. What needs a Redis is tested elsewhere. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/cache_url.h"

static void assert_parts(const char *url, const char *user, const char *password, const char *host, int port, int db)
{
	struct cache_url parts;

	if (!cache_url_parse(url, &parts))
		fail_msg("%s refused", url);
	assert_string_equal(parts.user, user);
	assert_string_equal(parts.password, password);
	assert_string_equal(parts.host, host);
	assert_int_equal(parts.port, port);
	assert_int_equal(parts.db, db);
}

static void takes_urls_apart(void **state)
{
	(void)state;
	assert_parts("redis://h", "", "", "h", 6379, 0);
	assert_parts("redis://h/", "", "", "h", 6379, 0);
	assert_parts("redis://127.0.0.1:6380/2", "", "", "127.0.0.1", 6380, 2);
	assert_parts("redis://:secret@h", "", "secret", "h", 6379, 0);
	assert_parts("redis://u:p%40s%2Fs@h:1/15", "u", "p@s/s", "h", 1, 15);
	assert_parts("redis://u:p@ss@h", "u", "p@ss", "h", 6379, 0);
	assert_parts("redis://[::1]:6380/1", "", "", "::1", 6380, 1);
	assert_parts("redis://:p@[fe80::1]", "", "p", "fe80::1", 6379, 0);
}

static void only_rediss_is_tls(void **state)
{
	struct cache_url parts;

	(void)state;
	assert_parts("rediss://u:p@h:1/2", "u", "p", "h", 1, 2);
	assert_true(cache_url_parse("rediss://h", &parts) && parts.tls);
	assert_true(cache_url_parse("redis://h", &parts) && !parts.tls);
}

static void refuses_what_it_does_not_understand(void **state)
{
	static const char *const bad[] = { "", "redis://", "rediss://", "redisss://h", "redis:///1", "http://h",
		"redis://h:0", "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h/-1", "redis://h/1/2",
		"redis://h?db=1", "redis://:%zz@h", "redis://:%4@h", "redis://:a%00b@h", "redis://[::1",
		"redis://[::1]6379", "redis://[]" };
	struct cache_url parts = { .port = 42 };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (cache_url_parse(bad[i], &parts))
			fail_msg("%s passed", bad[i]);
	assert_int_equal(parts.port, 42);
}

static void refuses_parts_that_are_too_long(void **state)
{
	char url[1024] = "redis://";
	struct cache_url parts;

	(void)state;
	memset(url + 8, 'h', 300);
	assert_false(cache_url_parse(url, &parts));
	memcpy(url + 8 + 255, "", 1);
	assert_true(cache_url_parse(url, &parts));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "a Redis URL is taken apart and percent-decoded", takes_urls_apart, NULL, NULL, NULL },
		{ "a Redis URL speaks TLS when it says rediss, and only then", only_rediss_is_tls, NULL, NULL, NULL },
		{ "what is no Redis URL is refused", refuses_what_it_does_not_understand, NULL, NULL, NULL },
		{ "a part that is too long is refused", refuses_parts_that_are_too_long, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("base cache", tests, NULL, NULL);
}
