/* base_store_test.c - objects on the local disk. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/store.h"

#define BUCKET "helpdesk-temp"

static char dir[64], url[80];
static int files_seen;

static struct store *opened(void)
{
	snprintf(url, sizeof url, "file://%s", dir);
	setenv("STORE_URL", url, 1);
	assert_true(settings_load((struct setting *const[]){ store_settings, NULL }, stderr));
	return store_open();
}

static enum store_outcome put(struct store *store, const char *key, const char *text)
{
	struct store_writer *writer = NULL;
	uint8_t sha256[32];

	SHA256((const unsigned char *)text, strlen(text), sha256);
	assert_int_equal(store_write_begin(store, &writer), STORE_DONE);
	assert_int_equal(store_write(writer, text, strlen(text)), STORE_DONE);
	return store_write_commit(&writer, BUCKET, key, sha256);
}

static void assert_range(struct store *store, const char *key, int64_t offset, int64_t count, const char *expected)
{
	struct store_reader *reader = NULL;
	char bytes[256];
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

static int count_file(const char *path, const struct stat *found, int kind, struct FTW *at)
{
	(void)path;
	(void)found;
	(void)at;
	files_seen += kind == FTW_F;
	return 0;
}

static int files_below_dir(void)
{
	files_seen = 0;
	nftw(dir, count_file, 16, FTW_PHYS);
	return files_seen;
}

static int set_up(void **state)
{
	strcpy(dir, "/tmp/guichet-store-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	*state = opened();
	return 0;
}

static int remove_one(const char *path, const struct stat *found, int kind, struct FTW *at)
{
	(void)found;
	(void)kind;
	(void)at;
	return remove(path);
}

static int tear_down(void **state)
{
	store_close((struct store **)state);
	return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void is_there_after_commit(void **state)
{
	struct store *store = *state;
	int64_t size = -1;

	assert_int_equal(store_look(store, BUCKET, "ab/cd/one", &size), STORE_ABSENT);
	assert_int_equal(size, -1);
	assert_int_equal(put(store, "ab/cd/one", "0123456789"), STORE_DONE);
	assert_int_equal(store_look(store, BUCKET, "ab/cd/one", &size), STORE_DONE);
	assert_int_equal(size, 10);
	assert_range(store, "ab/cd/one", 0, -1, "0123456789");
	assert_range(store, "ab/cd/one", 3, 4, "3456");
	assert_range(store, "ab/cd/one", 8, 100, "89");
	assert_range(store, "ab/cd/one", 100, -1, "");
	assert_int_equal(put(store, "ab/cd/one", "other"), STORE_DONE);
	assert_range(store, "ab/cd/one", 0, -1, "other");
	assert_int_equal(files_below_dir(), 1);
}

static void leaves_nothing_when_it_ends_early(void **state)
{
	struct store *store = *state;
	struct store_writer *writer = NULL;
	int status;
	pid_t child;

	assert_int_equal(store_write_begin(store, &writer), STORE_DONE);
	assert_int_equal(store_write(writer, "half", 4), STORE_DONE);
	store_write_abort(&writer);
	assert_null(writer);
	child = fork();
	if (child == 0) {
		if (store_write_begin(store, &writer) == STORE_DONE && store_write(writer, "half", 4) == STORE_DONE)
			kill(getpid(), SIGKILL);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(files_below_dir(), 0);
}

static void moves_and_removes(void **state)
{
	struct store *store = *state;
	int64_t size;

	assert_int_equal(put(store, "new/a", "bytes"), STORE_DONE);
	assert_int_equal(put(store, "kept", "old"), STORE_DONE);
	assert_int_equal(store_move(store, BUCKET, "new/a", BUCKET, "kept"), STORE_DONE);
	assert_range(store, "kept", 0, -1, "bytes");
	assert_int_equal(store_move(store, BUCKET, "new/a", BUCKET, "kept"), STORE_ABSENT);
	assert_range(store, "kept", 0, -1, "bytes");
	assert_int_equal(store_move(store, BUCKET, "kept", "helpdesk-tickets", "ab/cd/kept"), STORE_DONE);
	assert_int_equal(store_look(store, "helpdesk-tickets", "ab/cd/kept", &size), STORE_DONE);
	assert_int_equal(store_remove(store, "helpdesk-tickets", "ab/cd/kept"), STORE_DONE);
	assert_int_equal(store_remove(store, "helpdesk-tickets", "ab/cd/kept"), STORE_ABSENT);
	assert_int_equal(files_below_dir(), 0);
}

static bool note_key(void *context, const char *key, int64_t size, int64_t modified_at)
{
	char *keys = context;

	assert_int_equal(size, 1);
	assert_true(modified_at > 1500000000);
	strcat(strcat(keys, key), " ");
	return strlen(keys) < 100;
}

static void lists_every_object(void **state)
{
	struct store *store = *state;
	char keys[256] = "";

	assert_int_equal(put(store, "ab/cd/x", "1"), STORE_DONE);
	assert_int_equal(put(store, "new/y", "1"), STORE_DONE);
	assert_int_equal(store_list(store, BUCKET, note_key, keys), STORE_DONE);
	assert_non_null(strstr(keys, "ab/cd/x "));
	assert_non_null(strstr(keys, "new/y "));
	assert_int_equal(strlen(keys), 14);
	assert_int_equal(store_probe(store), STORE_DONE);
	assert_int_equal(files_below_dir(), 2);
}

/* A disk of 64 KiB, which only root can have. */
static void says_that_the_disk_is_full(void **state)
{
	struct store *store = *state, *small;
	struct store_writer *writer = NULL;
	char whole[64], bytes[16384] = "";
	enum store_outcome outcome = STORE_DONE;

	if (geteuid() != 0 || mount("none", dir, "tmpfs", 0, "size=64k") != 0)
		skip();
	strcpy(whole, dir);
	small = opened();
	assert_int_equal(store_write_begin(small, &writer), STORE_DONE);
	for (int i = 0; i < 8 && outcome == STORE_DONE; i++)
		outcome = store_write(writer, bytes, sizeof bytes);
	assert_int_equal(outcome, STORE_FULL);
	assert_non_null(strstr(store_error(), "space"));
	store_write_abort(&writer);
	assert_int_equal(put(small, "new/small", "fits"), STORE_DONE);
	store_close(&small);
	assert_int_equal(umount(whole), 0);
	(void)store;
}

struct writers {
	struct store *store;
	int number;
};

static void *write_many(void *arg)
{
	struct writers *me = arg;
	char key[32];

	for (int i = 0; i < 20; i++) {
		snprintf(key, sizeof key, "%02x/%02x/%d", i % 3, i % 2, (i + me->number) % 5);
		if (put(me->store, key, "the same") != STORE_DONE)
			return me;
	}
	return NULL;
}

static void is_used_by_several_threads(void **state)
{
	struct writers writers[4];
	pthread_t threads[4];
	void *failed;

	for (int i = 0; i < 4; i++) {
		writers[i] = (struct writers){ *state, i };
		assert_int_equal(pthread_create(&threads[i], NULL, write_many, &writers[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		assert_null(failed);
	}
	assert_range(*state, "00/00/0", 0, -1, "the same");
}

int main(void)
{
#define TEST(title, run)                                                                                               \
	{                                                                                                              \
		title, run, set_up, tear_down, NULL                                                                    \
	}
	const struct CMUnitTest tests[] = {
		TEST("an object is there when commit has said so, whole, and can be read in parts",
		        is_there_after_commit),
		TEST("what was given up, or whose writer was killed, leaves nothing",
		        leaves_nothing_when_it_ends_early),
		TEST("an object moves over another, once, and is removed once", moves_and_removes),
		TEST("every object is listed with its size and time, and the probe leaves none", lists_every_object),
		TEST("a full disk is said to be full, and what fits is still taken", says_that_the_disk_is_full),
		TEST("several threads write, also the same object", is_used_by_several_threads),
	};

	return cmocka_run_group_tests_name("base store", tests, NULL, NULL);
}
