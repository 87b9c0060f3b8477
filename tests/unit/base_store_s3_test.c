/* base_store_s3_test.c - objects in S3, against a server that verifies signatures and digests (tests/s3/server.js). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <curl/curl.h>
#include <openssl/sha.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/store.h"

#define BUCKET "helpdesk-temp"

static int port;
static pid_t server;
static char endpoint[64];

static size_t drop(char *bytes, size_t size, size_t count, void *arg)
{
	(void)bytes;
	(void)arg;
	return size * count;
}

/* Tells the server how to misbehave. */
static void steer(const char *what)
{
	CURL *curl = curl_easy_init();
	char url[160];

	snprintf(url, sizeof url, "%s%s", endpoint, what);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
	assert_int_equal(curl_easy_perform(curl), CURLE_OK);
	curl_easy_cleanup(curl);
}

static struct store *opened(const char *secret)
{
	setenv("STORE_URL", "s3://acme-", 1);
	setenv("SPOOL_DIR", "/tmp", 1);
	setenv("S3_ENDPOINT", endpoint, 1);
	setenv("S3_ACCESS_KEY", "guichet", 1);
	setenv("S3_SECRET_KEY", secret, 1);
	assert_true(settings_load((struct setting *const[]){ store_settings, store_s3_settings, NULL }, stderr));
	return store_open();
}

/* It says when it listens. */
static int start_server(void **state)
{
	char word[16], line[16] = "";
	int out[2];

	port = 20000 + (int)(getpid() % 20000);
	snprintf(endpoint, sizeof endpoint, "http://127.0.0.1:%d", port);
	snprintf(word, sizeof word, "%d", port);
	if (pipe(out) != 0)
		return -1;
	server = fork();
	if (server == 0) {
		dup2(out[1], STDOUT_FILENO);
		execlp("node", "node", "tests/s3/server.js", word, (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	if (read(out[0], line, sizeof line - 1) <= 0 || strncmp(line, "ready", 5) != 0)
		return -1;
	*state = opened("s3-secret");
	return 0;
}

static int end_server(void **state)
{
	store_close((struct store **)state);
	kill(server, SIGTERM);
	waitpid(server, NULL, 0);
	return 0;
}

static enum store_outcome put_as(
        struct store *store, const char *key, const char *bytes, size_t count, const char *digest_of)
{
	struct store_writer *writer = NULL;
	uint8_t sha256[32];

	SHA256((const unsigned char *)digest_of, strlen(digest_of), sha256);
	if (!*digest_of)
		SHA256((const unsigned char *)bytes, count, sha256);
	assert_int_equal(store_write_begin(store, &writer), STORE_DONE);
	assert_int_equal(store_write(writer, bytes, count), STORE_DONE);
	return store_write_commit(&writer, BUCKET, key, sha256);
}

static enum store_outcome put(struct store *store, const char *key, const char *text)
{
	return put_as(store, key, text, strlen(text), "");
}

static void assert_range(struct store *store, const char *key, int64_t offset, int64_t count, const char *expected)
{
	struct store_reader *reader = NULL;
	char bytes[64];
	int64_t size = -1;
	ssize_t got;

	assert_int_equal(store_read_begin(store, BUCKET, key, offset, count, &reader, &size), STORE_DONE);
	got = store_read(reader, bytes, sizeof bytes - 1);
	assert_true(got >= 0);
	bytes[got] = 0;
	assert_string_equal(bytes, expected);
	assert_int_equal(store_read(reader, bytes, sizeof bytes), 0);
	store_read_end(&reader);
}

static void keeps_what_is_sent(void **state)
{
	struct store *store = *state;
	int64_t size = -1;

	assert_int_equal(store_look(store, BUCKET, "new/a", &size), STORE_ABSENT);
	assert_int_equal(put(store, "new/a", "0123456789"), STORE_DONE);
	assert_int_equal(store_look(store, BUCKET, "new/a", &size), STORE_DONE);
	assert_int_equal(size, 10);
	assert_range(store, "new/a", 0, -1, "0123456789");
	assert_range(store, "new/a", 3, 4, "3456");
	assert_range(store, "new/a", 100, -1, "");
	assert_int_equal(put(store, "new/empty", ""), STORE_DONE);
	assert_range(store, "new/empty", 0, -1, "");
	assert_int_equal(store_remove(store, BUCKET, "new/empty"), STORE_DONE);
	assert_int_equal(store_remove(store, BUCKET, "new/empty"), STORE_ABSENT);
}

static void streams_large_objects(void **state)
{
	struct store *store = *state;
	struct store_reader *reader = NULL;
	size_t size = 3000001, read = 0;
	char *sent = malloc(size), *got = malloc(size + 1);
	int64_t told;
	ssize_t count;

	assert_true(sent && got);
	for (size_t i = 0; i < size; i++)
		sent[i] = (char)(i * 31 + i / 251);
	assert_int_equal(put_as(store, "new/large", sent, size, ""), STORE_DONE);
	assert_int_equal(store_read_begin(store, BUCKET, "new/large", 0, -1, &reader, &told), STORE_DONE);
	assert_int_equal(told, (int64_t)size);
	while ((count = store_read(reader, got + read, size + 1 - read)) > 0)
		read += (size_t)count;
	assert_int_equal(count, 0);
	assert_int_equal(read, size);
	assert_memory_equal(sent, got, size);
	store_read_end(&reader);
	free(sent);
	free(got);
}

static void is_held_to_the_digest(void **state)
{
	int64_t size;

	assert_int_equal(put_as(*state, "new/wrong", "bytes", 5, "other bytes"), STORE_REFUSED);
	assert_non_null(strstr(store_error(), "XAmzContentSHA256Mismatch"));
	assert_int_equal(store_look(*state, BUCKET, "new/wrong", &size), STORE_ABSENT);
}

static void is_held_to_the_secret(void **state)
{
	struct store *stranger = opened("another secret");

	assert_int_equal(put(stranger, "new/stranger", "bytes"), STORE_REFUSED);
	assert_non_null(strstr(store_error(), "SignatureDoesNotMatch"));
	assert_null(strstr(store_error(), "another secret"));
	store_close(&stranger);
	(void)state;
}

static void moves_between_buckets(void **state)
{
	struct store *store = *state;
	int64_t size;

	assert_int_equal(put(store, "new/b", "bytes"), STORE_DONE);
	assert_int_equal(store_move(store, BUCKET, "new/b", "helpdesk-tickets", "ab/cd/b"), STORE_DONE);
	assert_int_equal(store_look(store, "helpdesk-tickets", "ab/cd/b", &size), STORE_DONE);
	assert_int_equal(store_move(store, BUCKET, "new/b", "helpdesk-tickets", "ab/cd/b"), STORE_ABSENT);
	assert_int_equal(store_look(store, "helpdesk-tickets", "ab/cd/b", &size), STORE_DONE);
}

static void repeats_what_was_lost(void **state)
{
	struct store *store = *state;

	steer("/fail?status=503&times=2");
	assert_int_equal(put(store, "new/c", "bytes"), STORE_DONE);
	steer("/fail?status=0&times=1");
	assert_range(store, "new/c", 0, -1, "bytes");
	steer("/after?times=1");
	assert_int_equal(put(store, "new/d", "bytes"), STORE_DONE);
	assert_range(store, "new/d", 0, -1, "bytes");
	steer("/fail?status=503&times=3");
	assert_int_equal(put(store, "new/e", "bytes"), STORE_AWAY);
	steer("/fail?status=503&times=0");
}

static bool count_key(void *context, const char *key, int64_t size, int64_t modified_at)
{
	(void)size;
	assert_true(modified_at > 1500000000);
	*(int *)context += !strncmp(key, "list/", 5);
	return true;
}

static void lists_page_by_page(void **state)
{
	struct store *store = *state;
	char key[32];
	int seen = 0;

	for (int i = 0; i < 10; i++) {
		snprintf(key, sizeof key, "list/%d", i);
		assert_int_equal(put(store, key, "x"), STORE_DONE);
	}
	assert_int_equal(store_list(store, BUCKET, count_key, &seen), STORE_DONE);
	assert_int_equal(seen, 10);
	assert_int_equal(store_list(store, "helpdesk-avatars", count_key, &seen), STORE_DONE);
	assert_int_equal(seen, 10);
	assert_int_equal(store_probe(store), STORE_DONE);
}

int main(void)
{
#define TEST(title, run)                                                                                               \
	{                                                                                                              \
		title, run, NULL, NULL, NULL                                                                           \
	}
	const struct CMUnitTest tests[] = {
		TEST("an object is kept, read in parts and removed; its bucket is made", keeps_what_is_sent),
		TEST("an object of megabytes comes back as it was sent", streams_large_objects),
		TEST("what does not agree with its digest is not kept", is_held_to_the_digest),
		TEST("a wrong secret is refused, and not told", is_held_to_the_secret),
		TEST("an object moves to another bucket, once", moves_between_buckets),
		TEST("a request that failed or whose answer was lost is repeated, three times at most",
		        repeats_what_was_lost),
		TEST("every object is listed, however many pages there are", lists_page_by_page),
	};

	return cmocka_run_group_tests_name("base store in S3", tests, start_server, end_server);
}
