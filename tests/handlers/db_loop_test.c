/* db_loop_test.c - an event loop's way to speak to PostgreSQL (sql/db_loop.h), against a real one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "sql/db_loop.h"
#include "tests/handlers/db_room.h"

#define SENTENCE(title, test)                                                                                          \
	{                                                                                                              \
		.name = (title), .test_func = (test), .setup_func = room_empty                                         \
	}

struct answer {
	int calls;
	enum db_fault fault;
	int64_t number;
	size_t bytes;
};

static void keep(void *arg, enum db_fault fault, const struct db_result *result)
{
	struct answer *a = arg;

	a->calls++;
	a->fault = fault;
	a->number = db_int(result, 0, 0);
	a->bytes = db_text(result, 0, 0).len;
}

/* One turn of the owner's loop. */
static void turn(struct db_loop *loop)
{
	struct pollfd p = { .fd = db_loop_fd(loop) };

	db_loop_flush(loop);
	p.fd = db_loop_fd(loop);
	p.events = (short)((db_loop_wants_read(loop) ? POLLIN : 0) | (db_loop_wants_write(loop) ? POLLOUT : 0));
	if (poll(&p, 1, 50) > 0)
		db_loop_ready(loop);
	db_loop_tick(loop);
}

static struct db_loop *loop_up_for(bool reads)
{
	struct db_loop *loop = db_loop_new(room_url, reads);
	int64_t deadline_ms = clock_mono_ms() + 5000;

	assert_int_equal(db_loop_fd(loop), -1);
	assert_true(db_loop_connect(loop));
	while (db_loop_state(loop) != DB_LOOP_UP && clock_mono_ms() < deadline_ms)
		turn(loop);
	assert_int_equal(db_loop_state(loop), DB_LOOP_UP);
	return loop;
}

static struct db_loop *loop_up(void)
{
	return loop_up_for(false);
}

static void settle(struct db_loop *loop)
{
	int64_t deadline_ms = clock_mono_ms() + 10000;

	while (db_loop_waiting(loop) > 0 && clock_mono_ms() < deadline_ms)
		turn(loop);
	assert_int_equal(db_loop_waiting(loop), 0);
}

#define SEND(loop, query, answer, ...)                                                                                 \
	db_loop_send(loop, query, sizeof((struct db_param[]){ __VA_ARGS__ }) / sizeof(struct db_param),                \
	        (struct db_param[]){ __VA_ARGS__ }, keep, answer)

static void a_failing_request_leaves_its_neighbours_alone(void **state)
{
	struct db_loop *loop = loop_up();
	struct answer a[7] = { { 0 } };

	(void)state;
	for (int round = 1; round <= 2; round++) {
		assert_true(SEND(loop, QUERY_test_divide, &a[0], P_INT(1)));
		assert_true(SEND(loop, QUERY_test_divide, &a[1], P_INT(0)));
		assert_true(SEND(loop, QUERY_test_no_table, &a[2]));
		assert_true(SEND(loop, QUERY_test_late, &a[3], P_INT(round)));
		assert_true(SEND(loop, QUERY_test_late, &a[4], P_INT(round)));
		assert_true(SEND(loop, QUERY_test_echo, &a[5], P_TEXT(TEXT("42"))));
		settle(loop);
		assert_int_equal(a[0].fault, DB_FINE);
		assert_int_equal(a[0].number, 1);
		assert_int_equal(a[1].fault, DB_MESSAGE);
		assert_int_equal(a[2].fault, DB_BROKEN);
		assert_int_equal(a[3].fault, DB_FINE);
		assert_int_equal(a[4].fault, DB_MESSAGE);
		assert_int_equal(a[5].number, 42);
		for (int i = 0; i < 6; i++)
			assert_int_equal(a[i].calls, round);
	}
	assert_false(SEND(loop, QUERY_test_echo, &a[6], P_TEXT(TEXT("a\0b"))));
	assert_int_equal(a[6].calls, 0);
	db_loop_free(&loop);
	assert_null(loop);
}

/* What shares a Sync with an error has not run; whoever only reads does not notice. */
static void reads_of_one_turn_do_not_share_an_error(void **state)
{
	struct db_loop *loop = loop_up_for(true);
	struct answer a[8] = { { 0 } };

	(void)state;
	for (int round = 1; round <= 3; round++) {
		assert_true(SEND(loop, QUERY_test_divide, &a[0], P_INT(1)));
		assert_true(SEND(loop, QUERY_test_divide, &a[1], P_INT(0)));
		assert_true(SEND(loop, QUERY_test_echo, &a[2], P_TEXT(TEXT("42"))));
		assert_true(SEND(loop, QUERY_test_no_table, &a[3]));
		assert_true(SEND(loop, QUERY_test_echo, &a[4], P_TEXT(TEXT("43"))));
		db_loop_flush(loop);
		assert_true(SEND(loop, QUERY_test_echo, &a[5], P_TEXT(TEXT("44"))));
		assert_true(SEND(loop, QUERY_test_uuid, &a[6], P_NULL, P_NULL));
		assert_true(SEND(loop, QUERY_test_divide, &a[7], P_INT(1)));
		settle(loop);
		assert_int_equal(a[0].number, 1);
		assert_int_equal(a[1].fault, DB_MESSAGE);
		assert_int_equal(a[2].number, 42);
		assert_int_equal(a[3].fault, DB_BROKEN);
		assert_int_equal(a[4].number, 43);
		assert_int_equal(a[5].number, 44);
		assert_int_equal(a[6].fault, DB_FINE);
		assert_int_equal(a[7].number, 1);
		for (int i = 0; i < 8; i++)
			assert_int_equal(a[i].calls, round);
	}
	db_loop_free(&loop);
}

static void losing_a_connection_calls_everyone_back(bool reads)
{
	struct db_loop *loop = loop_up_for(reads);
	struct answer pid = { 0 }, a[5] = { { 0 } };

	assert_true(SEND(loop, QUERY_test_pid, &pid));
	settle(loop);
	assert_true(SEND(loop, QUERY_test_sleep, &a[0], P_TEXT(TEXT("30"))));
	assert_true(SEND(loop, QUERY_test_echo, &a[1], P_TEXT(TEXT("x"))));
	assert_true(SEND(loop, QUERY_test_echo, &a[3], P_TEXT(TEXT("y"))));
	db_loop_flush(loop);
	assert_true(SEND(loop, QUERY_test_echo, &a[4], P_TEXT(TEXT("z"))));
	db_loop_flush(loop);
	room_kill(pid.number);
	settle(loop);
	assert_int_equal(db_loop_state(loop), DB_LOOP_DOWN);
	assert_int_equal(db_loop_fd(loop), -1);
	for (int i = 0; i < 5; i += i == 1 ? 2 : 1) {
		assert_int_equal(a[i].calls, 1);
		assert_int_equal(a[i].fault, DB_LOST);
	}
	assert_false(SEND(loop, QUERY_test_echo, &a[2], P_NULL));
	assert_true(db_loop_connect(loop));
	while (db_loop_state(loop) == DB_LOOP_CONNECTING)
		turn(loop);
	assert_true(SEND(loop, QUERY_test_echo, &a[2], P_TEXT(TEXT("7"))));
	settle(loop);
	assert_int_equal(a[2].number, 7);
	db_loop_free(&loop);
}

static void losing_the_connection_calls_everyone_back(void **state)
{
	(void)state;
	losing_a_connection_calls_everyone_back(false);
	losing_a_connection_calls_everyone_back(true);
}

static void the_queue_is_bounded_and_big_answers_pass(void **state)
{
	enum { BYTES = DB_LOOP_BYTES / 4, BIG = 3 };
	struct db_loop *loop = loop_up();
	struct answer big = { 0 }, small = { 0 };
	char *bytes = malloc(BYTES);

	(void)state;
	memset(bytes, 'x', BYTES);
	for (int i = 0; i < BIG; i++)
		assert_true(SEND(loop, QUERY_test_echo, &big, P_TEXT(((struct text){ .data = bytes, .len = BYTES }))));
	assert_false(SEND(loop, QUERY_test_echo, &big, P_TEXT(((struct text){ .data = bytes, .len = BYTES }))));
	for (int i = BIG; i < DB_LOOP_QUEUE; i++)
		assert_true(SEND(loop, QUERY_test_echo, &small, P_TEXT(TEXT("1"))));
	assert_false(SEND(loop, QUERY_test_echo, &small, P_TEXT(TEXT("1"))));
	settle(loop);
	assert_int_equal(big.calls, BIG);
	assert_int_equal(big.bytes, BYTES);
	assert_int_equal(small.calls, DB_LOOP_QUEUE - BIG);
	free(bytes);
	/* Freed with requests outstanding: they are told. */
	assert_true(SEND(loop, QUERY_test_echo, &big, P_NULL));
	db_loop_free(&loop);
	assert_int_equal(big.fault, DB_LOST);
}

static void a_host_that_refuses_leaves_the_loop_down(void **state)
{
	struct db_loop *loop = db_loop_new("postgresql://127.0.0.1:1/none", false);

	(void)state;
	assert_true(db_loop_connect(loop));
	while (db_loop_state(loop) == DB_LOOP_CONNECTING)
		turn(loop);
	assert_int_equal(db_loop_state(loop), DB_LOOP_DOWN);
	db_loop_free(&loop);
	loop = db_loop_new("postgresql://x:%ZZ@h/none", false);
	assert_false(db_loop_connect(loop));
	db_loop_free(&loop);
}

/* The resolver of this program knows a name with two addresses; of the first the caller decides what is there. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	typeof(getaddrinfo) *real = (typeof(getaddrinfo) *)dlsym(RTLD_NEXT, "getaddrinfo");
	int error;

	if (!name || strcmp(name, "two.example") != 0)
		return real(name, service, hints, out);
	error = real("127.0.0.2", service, hints, out);
	return error ? error : real("127.0.0.1", service, hints, &(*out)->ai_next);
}

/* Until the loop stands; how often it had to begin. */
static int attempts_until_up(struct db_loop *loop, int64_t limit_ms)
{
	int64_t deadline_ms = clock_mono_ms() + limit_ms;
	int attempts = 0;

	while (db_loop_state(loop) != DB_LOOP_UP && clock_mono_ms() < deadline_ms) {
		if (db_loop_state(loop) == DB_LOOP_DOWN) {
			unsigned before = db_loop_socket(loop);

			attempts++;
			assert_true(db_loop_connect(loop));
			assert_int_not_equal(db_loop_socket(loop), before);
		}
		turn(loop);
	}
	assert_int_equal(db_loop_state(loop), DB_LOOP_UP);
	return attempts;
}

static int listen_silently(int port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;

	inet_pton(AF_INET, "127.0.0.2", &address.sin_addr);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void the_other_address_of_a_name_is_tried(void **state)
{
	const char *at = strstr(room_url, "127.0.0.1:");
	struct db_loop *loop;
	char named[1200];
	struct db *far;
	int fd;

	(void)state;
	if (!at)
		skip();
	snprintf(named, sizeof(named), "%.*stwo.example%s", (int)(at - room_url), room_url, at + strlen("127.0.0.1"));
	far = db_open(named); /* refused first */
	assert_int_equal(db_fault(far), DB_FINE);
	db_close(&far);
	loop = db_loop_new(named, true);
	assert_int_equal(attempts_until_up(loop, 2000), 2);
	db_loop_free(&loop);
	fd = listen_silently(atoi(at + strlen("127.0.0.1:")));
	loop = db_loop_new(named, true);
	assert_int_equal(attempts_until_up(loop, 10000), 2);
	db_loop_free(&loop);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE(
		        "a failing request leaves its neighbours alone", a_failing_request_leaves_its_neighbours_alone),
		SENTENCE("reads of one turn do not share an error", reads_of_one_turn_do_not_share_an_error),
		SENTENCE("losing the connection calls everyone back", losing_the_connection_calls_everyone_back),
		SENTENCE("the queue is bounded, in bytes too, and big answers pass",
		        the_queue_is_bounded_and_big_answers_pass),
		SENTENCE("a host that refuses leaves the loop down", a_host_that_refuses_leaves_the_loop_down),
		SENTENCE("of a name with two addresses the second serves when the first refuses or is silent",
		        the_other_address_of_a_name_is_tried),
	};

	return cmocka_run_group_tests_name("db_loop", tests, room_open, room_close);
}
