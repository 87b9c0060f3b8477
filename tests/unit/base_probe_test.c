/* base_probe_test.c - reasons, health and the HTTP server of a program. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/probe.h"
#include "base/process.h"

static struct probe_check database = { .name = "database" };
static struct probe_check broker = { .name = "broker" }, shared = { .name = "lanes" };
static _Atomic int lingers;
static in_port_t port; /* network order */
static char reply[65536];

/* A port that was free a moment ago. */
static in_port_t free_port(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, len) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		abort();
	close(fd);
	return address.sin_port;
}

static int dial(void)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = port
	};
	const struct timeval limit = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static bool is_whole(bool has_body)
{
	const char *head_end = strstr(reply, "\r\n\r\n");
	const char *length = strcasestr(reply, "content-length: ");

	return head_end && (!has_body || (length && strlen(head_end + 4) >= strtoul(length + 16, NULL, 10)));
}

static const char *ask_on(int fd, const char *method, const char *path)
{
	size_t len = 0;
	ssize_t n;

	dprintf(fd, "%s %s HTTP/1.1\r\nHost: localhost\r\n\r\n", method, path);
	reply[0] = '\0';
	while (!is_whole(strcmp(method, "HEAD") != 0) && (n = read(fd, reply + len, sizeof(reply) - 1 - len)) > 0)
		reply[len += (size_t)n] = '\0';
	return reply;
}

static int status_of(const char *method, const char *path)
{
	int fd = dial();
	int status = atoi(ask_on(fd, method, path) + strlen("HTTP/1.1 "));

	close(fd);
	return status;
}

static void health_lists_the_checks(void **state)
{
	struct arena *arena = arena_new(4096);
	struct buffer out;

	(void)state;
	probe_set(&database, NULL);
	probe_set(&broker, "no connection");
	assert_false(probe_ready());
	buffer_init(&out, arena, 0);
	probe_render_health(&out, 8080);
	assert_int_equal(strncmp(buffer_cstr(&out), "{\"success\":false,\"status\":\"unhealthy\",", 38), 0);
	assert_non_null(strstr(buffer_cstr(&out), "\"service\":\"test\",\"version\":\""));
	assert_non_null(strstr(buffer_cstr(&out), "\"checks\":{\"broker\":\"no connection\",\"database\":\"ok\"},"));
	assert_non_null(strstr(buffer_cstr(&out), "\"port\":8080,"));
	assert_non_null(strstr(
	        buffer_cstr(&out), "\"broker\":{\"status\":\"unhealthy\",\"reason\":\"no connection\",\"since\":\""));
	probe_set(&broker, "");
	assert_true(probe_ready());
	arena_free(&arena);
}

static void a_part_it_can_do_without_leaves_it_ready(void **state)
{
	static struct probe_check redis = { .name = "redis" };
	struct arena *arena = arena_new(4096);
	struct buffer out;

	(void)state;
	probe_degrade_since(&redis, "no connection", 1700000000000000);
	probe_degrade(&redis, "no connection yet");
	assert_true(probe_ready());
	buffer_init(&out, arena, 0);
	probe_render_health(&out, 0);
	assert_int_equal(strncmp(buffer_cstr(&out), "{\"success\":true,\"status\":\"degraded\",", 36), 0);
	assert_non_null(strstr(buffer_cstr(&out), "\"redis\":{\"status\":\"degraded\",\"reason\":\"no connection yet\","
	                                          "\"since\":\"2023-11-14T22:13:20"));
	probe_degrade(&redis, NULL);
	assert_true(probe_ready());
	arena_free(&arena);
}

static void serves_its_four_paths(void **state)
{
	(void)state;
	assert_int_equal(status_of("GET", "/live"), 200);
	assert_int_equal(status_of("GET", "/ready"), 200);
	assert_int_equal(status_of("GET", "/health?x=1"), 200);
	assert_non_null(strstr(reply, "{\"success\":true,\"status\":\"healthy\",\"message\":\"OK\","));
	assert_int_equal(status_of("GET", "/metrics"), 200);
	assert_non_null(strstr(reply, "content-type: text/plain; version=0.0.4"));
	assert_non_null(strstr(reply, "\nprocess_open_fds "));
	assert_int_equal(status_of("HEAD", "/live"), 200);
	assert_int_equal(strlen(strstr(reply, "\r\n\r\n")), 4);
	assert_int_equal(status_of("GET", "/"), 404);
	assert_int_equal(status_of("POST", "/live"), 405);
	assert_non_null(strstr(reply, "allow: GET, HEAD"));
}

static void a_reason_makes_it_not_ready(void **state)
{
	(void)state;
	probe_set(&broker, "no connection");
	assert_int_equal(status_of("GET", "/ready"), 503);
	assert_int_equal(status_of("GET", "/live"), 200);
	probe_set(&broker, NULL);
	assert_int_equal(status_of("GET", "/ready"), 200);
}

/* Both threads go on at the same moment, as nearly as can be. */
static void meet(void)
{
	static _Atomic unsigned here;
	const unsigned mine = here++, all = mine | 1;

	for (unsigned spins = 0; here <= all; spins++)
		if (spins > 10000)
			sched_yield();
}

static void *hold_and_let_go(void *arg)
{
	bool holds = false;

	for (int i = 0; i < 50000; i++) {
		probe_share(&shared, &holds, "no connection");
		meet();
		probe_share(&shared, &holds, NULL);
		meet();
		lingers += !probe_ready();
		meet();
	}
	probe_share(&shared, &holds, "no connection");
	return arg;
}

static void a_shared_check_has_a_reason_as_long_as_one_has(void **state)
{
	pthread_t threads[2];
	bool holds = false;

	(void)state;
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, hold_and_let_go, NULL);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(lingers, 0);
	assert_false(probe_ready());
	probe_share(&shared, &holds, "no connection");
	probe_share(&shared, &holds, NULL);
	assert_false(probe_ready());
	for (int i = 0; i < 2; i++)
		probe_share(&shared, &(bool){ true }, NULL);
	assert_true(probe_ready());
}

static void stopping_is_not_ready(void **state)
{
	int fd = dial();

	(void)state;
	assert_non_null(strstr(ask_on(fd, "GET", "/ready"), "200 OK"));
	process_stop(false);
	assert_non_null(strstr(ask_on(fd, "GET", "/ready"), "503 "));
	assert_non_null(strstr(reply, "\"process\":\"stopping\""));
	close(fd);
	assert_int_equal(process_wait(), 0);
	assert_int_equal(dial(), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "the health lists every check and its reason", health_lists_the_checks, NULL, NULL, NULL },
		{ "a part that it can do without makes it degraded since then, and leaves it ready",
		        a_part_it_can_do_without_leaves_it_ready, NULL, NULL, NULL },
		{ "the server answers its four paths to GET and HEAD", serves_its_four_paths, NULL, NULL, NULL },
		{ "a check with a reason makes /ready answer 503", a_reason_makes_it_not_ready, NULL, NULL, NULL },
		{ "a check that threads share has a reason as long as one of them has, whoever speaks last",
		        a_shared_check_has_a_reason_as_long_as_one_has, NULL, NULL, NULL },
		{ "a stopping process is not ready, then closes its port", stopping_is_not_ready, NULL, NULL, NULL },
	};
	char *argv[] = { "test", NULL };
	char listen_on[32];

	port = free_port();
	snprintf(listen_on, sizeof(listen_on), "127.0.0.1:%d", ntohs(port));
	setenv("PROBE_LISTEN", listen_on, 1);
	process_init(1, argv, "test", "Tests the probe.", (struct setting *const[]){ probe_settings, NULL });
	probe_start();
	return cmocka_run_group_tests_name("base probe", tests, NULL, NULL);
}

/* h2o keeps some freed memory in thread-locals, which die with its thread. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:h2o_mem_alloc_recycle\n";
}
