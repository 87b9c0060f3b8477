/* webhook_reach_test.c - which addresses a webhook may lead to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include "workers/webhook/reach.h"

static bool asked(const char *ip, bool (*question)(const struct sockaddr *))
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
		return question((struct sockaddr *)&v4);
	if (inet_pton(AF_INET6, ip, &v6.sin6_addr) != 1)
		fail_msg("%s", ip);
	return question((struct sockaddr *)&v6);
}

static void what_is_not_public_is_refused(void **state)
{
	static const char *const ips[] = { "0.0.0.0", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1",
		"127.255.255.255", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1",
		"192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
		"239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8",
		"64:ff9b::7f00:1", "100::1", "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "fc00::1",
		"fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1" };

	(void)state;
	assert_true(reach_allow(""));
	for (size_t i = 0; i < sizeof ips / sizeof *ips; i++)
		if (asked(ips[i], reach_permits))
			fail_msg("%s may be called", ips[i]);
}

static void what_is_public_is_called(void **state)
{
	static const char *const ips[] = { "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255",
		"172.32.0.0", "192.169.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888" };

	(void)state;
	assert_true(reach_allow(""));
	for (size_t i = 0; i < sizeof ips / sizeof *ips; i++)
		if (!asked(ips[i], reach_permits))
			fail_msg("%s may not be called", ips[i]);
}

static void what_is_listed_is_called_and_nothing_beside_it(void **state)
{
	(void)state;
	assert_true(reach_allow(" 10.1.0.0/16, fd00:1::/33 127.0.0.1"));
	assert_true(asked("10.1.255.255", reach_permits));
	assert_false(asked("10.2.0.0", reach_permits));
	assert_true(asked("127.0.0.1", reach_is_listed));
	assert_false(asked("127.0.0.2", reach_permits));
	assert_true(asked("fd00:1:7fff::1", reach_permits));
	assert_false(asked("fd00:1:8000::1", reach_permits));
	assert_false(asked("::ffff:10.1.0.1", reach_permits));
	assert_false(asked("8.8.8.8", reach_is_listed));
}

static void what_is_no_network_is_no_list(void **state)
{
	static const char *const lists[] = { "10.0.0.0/33", "10.0.0/8", "fd00::/129", "x", "10.0.0.0/", "10.0.0.0/8x",
		"10.0.0.0/-1" };

	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (reach_allow(lists[i]))
			fail_msg("%s", lists[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "what is not public is refused", what_is_not_public_is_refused, NULL, NULL, NULL },
		{ "what is public is called", what_is_public_is_called, NULL, NULL, NULL },
		{ "what is listed is called, and nothing beside it", what_is_listed_is_called_and_nothing_beside_it,
		        NULL, NULL, NULL },
		{ "what is no network is no list", what_is_no_network_is_no_list, NULL, NULL, NULL },
	};

	return cmocka_run_group_tests_name("where webhooks lead", tests, NULL, NULL);
}
