/* base_uuid_test.c - identifiers of RFC 9562. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/uuid.h"

static struct uuid parsed(const char *s)
{
	struct uuid id;

	assert_true(uuid_parse(text_of(s), &id));
	return id;
}

static void assert_id(struct uuid id, const char *expected)
{
	char out[UUID_TEXT_BYTES];

	uuid_format(&id, out);
	assert_string_equal(out, expected);
}

static void reads_the_rfc_examples(void **state)
{
	static const struct {
		const char *id;
		int version;
	} examples[] = {
		{ "c232ab00-9414-11ec-b3c8-9f6bdeced846", 1 },
		{ "919108f7-52d1-4320-9bac-f847db4148a8", 4 },
		{ "2ed6657d-e927-568b-95e1-2665a8aea6a2", 5 },
		{ "1ec9414c-232a-6b00-b3c8-9f6bdeced846", 6 },
		{ "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", 7 },
		{ "5c146b14-3c52-8afd-938a-375d0df1fbf6", 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct uuid id = parsed(examples[i].id);

		assert_int_equal(uuid_version(&id), examples[i].version);
		assert_id(id, examples[i].id);
	}
}

static void knows_the_parts_of_version_7(void **state)
{
	struct uuid id = parsed("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");

	(void)state;
	assert_int_equal(uuid_unix_ms(&id), 1645557742000);
	assert_int_equal(uuid_last_digit(&id), 15);
	assert_false(uuid_is_none(&id));
}

static void refuses_what_is_no_uuid(void **state)
{
	static const char *const bad[] = {
		"",
		"017f22e279b07cc398c4dc0c0c07398f",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
		"017f22e2-79b0-7cc3-98c4-dc0c0c07398g",
		"017f22e279b0--7cc3-98c4-dc0c0c07398f",
		"{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
	};
	struct uuid id = { { 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(uuid_parse(text_of(bad[i]), &id));
	assert_false(uuid_parse(TEXT_NONE, &id));
	assert_int_equal(id.bytes[0], 1);
}

static void new_ids_differ_and_carry_now(void **state)
{
	static struct uuid ids[2000];
	int64_t before = clock_unix_ms();

	(void)state;
	for (int i = 0; i < 2000; i++)
		ids[i] = uuid_new();
	for (int i = 0; i < 2000; i++) {
		assert_int_equal(uuid_version(&ids[i]), 7);
		assert_int_equal(ids[i].bytes[8] >> 6, 2);
		assert_in_range(uuid_unix_ms(&ids[i]), before, clock_unix_ms());
		for (int j = 0; j < i; j++)
			if (uuid_equal(&ids[i], &ids[j]))
				fail_msg("the same id twice");
	}
}

static void derives_the_same_each_time(void **state)
{
	const struct text parts[] = { TEXT("ab"), TEXT("c") };
	const struct text other[] = { TEXT("a"), TEXT("bc") };
	const struct uuid seed = parsed("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
	struct uuid id = uuid_derive(other, 2);

	(void)state;
	assert_id(uuid_derive(parts, 2), "601d5476-e2cc-8e2c-87a2-bba7a3226597");
	assert_id(uuid_derive_at(1645557742000, "mail", &seed, 7), "017f22e2-79b0-7936-9472-9eee65d4f353");
	assert_int_not_equal(id.bytes[0], 0x60);
}

static void *draw(void *out)
{
	*(struct uuid *)out = uuid_new();
	return NULL;
}

static void forks_and_threads_draw_their_own(void **state)
{
	struct uuid mine = uuid_new(), of_thread, of_child;
	pthread_t thread;
	int fds[2], status;
	pid_t child;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, draw, &of_thread), 0);
	pthread_join(thread, NULL);
	assert_int_equal(pipe(fds), 0);
	child = fork();
	if (child == 0) {
		struct uuid id = uuid_new();

		_exit(write(fds[1], &id, sizeof(id)) == sizeof(id) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(read(fds[0], &of_child, sizeof(of_child)), sizeof(of_child));
	mine = uuid_new();
	assert_memory_not_equal(mine.bytes + 6, of_child.bytes + 6, 10);
	assert_memory_not_equal(mine.bytes + 6, of_thread.bytes + 6, 10);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "the examples of RFC 9562 are read and written", reads_the_rfc_examples, NULL, NULL, NULL },
		{ "a version 7 id tells its time and its lane", knows_the_parts_of_version_7, NULL, NULL, NULL },
		{ "what is no UUID is refused and leaves out untouched", refuses_what_is_no_uuid, NULL, NULL, NULL },
		{ "new ids differ and carry the present time", new_ids_differ_and_carry_now, NULL, NULL, NULL },
		{ "a derived id is the same each time, and its parts can't be shifted", derives_the_same_each_time,
		        NULL, NULL, NULL },
		{ "a forked child and a thread draw random bytes of their own", forks_and_threads_draw_their_own, NULL,
		        NULL, NULL },
	};

	return cmocka_run_group_tests_name("base uuid", tests, NULL, NULL);
}
