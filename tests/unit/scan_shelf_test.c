/* scan_shelf_test.c - bytes come to where their verdict wants them, from wherever a worker that died has left them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include "queues/file_place.h"
#include "workers/scan/scan.h"

#define BYTES "what was uploaded"

static char dir[] = "/tmp/guichet-shelf-XXXXXX";
static struct store *store;
static struct content content;

enum where { NEW = 1, KEPT = 2, QUARANTINE = 4, AVATAR = 8, PREVIEW = 16 };

static const char *key_of(enum where where, char key[FILE_KEY_ROOM])
{
	if (where == NEW)
		file_key_new(content.id, key);
	else if (where == QUARANTINE)
		file_key_quarantine(content.sha256, key);
	else
		file_key_kept(content.sha256, where == PREVIEW ? ".preview" : "", key);
	if (where == NEW || where == QUARANTINE)
		return BUCKET_TEMP;
	return where == AVATAR ? BUCKET_AVATARS : BUCKET_TICKETS;
}

static void put(enum where where)
{
	struct store_writer *writer = NULL;
	char key[FILE_KEY_ROOM];
	const char *bucket = key_of(where, key);

	assert_int_equal(store_write_begin(store, &writer), STORE_DONE);
	assert_int_equal(store_write(writer, BYTES, strlen(BYTES)), STORE_DONE);
	assert_int_equal(store_write_commit(&writer, bucket, key, content.sha256), STORE_DONE);
}

static unsigned found(void)
{
	char key[FILE_KEY_ROOM];
	unsigned places = 0;
	int64_t size;

	for (unsigned where = NEW; where <= PREVIEW; where <<= 1) {
		const char *bucket = key_of(where, key);

		if (store_look(store, bucket, key, &size) == STORE_DONE)
			places |= where;
	}
	return places;
}

static void put_all(unsigned places)
{
	char key[FILE_KEY_ROOM];

	for (unsigned where = NEW; where <= PREVIEW; where <<= 1) {
		const char *bucket = key_of(where, key);

		store_remove(store, bucket, key);
		if (places & where)
			put(where);
	}
}

/* Twice: what was done and not recorded is done again. */
static void assert_put(unsigned before, enum scan_state state, unsigned after)
{
	put_all(before);
	content.verdict.state = state;
	for (int i = 0; i < 2; i++) {
		assert_true(shelf_put(store, &content));
		assert_int_equal(found(), after);
	}
}

static int set_up(void **state)
{
	char url[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(url, sizeof url, "file://%s", dir);
	setenv("STORE_URL", url, 1);
	assert_true(settings_load((struct setting *const[]){ store_settings, NULL }, stderr));
	store = store_open();
	content = (struct content){ .id = uuid_new(), .size = strlen(BYTES) };
	SHA256((const unsigned char *)BYTES, strlen(BYTES), content.sha256);
	return 0;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	store_close(&store);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static void what_is_clean_is_kept_once(void **state)
{
	(void)state;
	assert_put(NEW, SCAN_CLEAN, KEPT);
	assert_put(NEW | KEPT, SCAN_CLEAN, KEPT);
	assert_put(KEPT, SCAN_CLEAN, KEPT);
}

static void what_is_infected_is_nowhere_but_in_quarantine(void **state)
{
	(void)state;
	assert_put(NEW, SCAN_INFECTED, QUARANTINE);
	assert_put(NEW | QUARANTINE, SCAN_INFECTED, QUARANTINE);
	assert_put(NEW | KEPT | AVATAR | PREVIEW, SCAN_INFECTED, QUARANTINE);
	assert_put(AVATAR, SCAN_INFECTED, QUARANTINE);
	assert_put(KEPT | PREVIEW | QUARANTINE, SCAN_INFECTED, QUARANTINE);
}

static void what_could_not_be_looked_into_leaves_what_an_earlier_look_has_kept(void **state)
{
	(void)state;
	assert_put(NEW, SCAN_UNSCANNABLE, QUARANTINE);
	assert_put(NEW | KEPT, SCAN_UNSCANNABLE, KEPT | QUARANTINE);
	assert_put(NEW, SCAN_PENDING, NEW);
	assert_put(NEW, SCAN_ERROR, NEW);
}

static void what_is_released_comes_out_of_quarantine(void **state)
{
	(void)state;
	content.is_released = true;
	assert_put(QUARANTINE, SCAN_CLEAN, KEPT);
	content.is_released = false;
}

static void bytes_that_are_nowhere_are_not_put_anywhere(void **state)
{
	(void)state;
	put_all(QUARANTINE);
	content.verdict.state = SCAN_CLEAN;
	assert_false(shelf_put(store, &content));
	assert_int_equal(found(), QUARANTINE);
}

static void what_others_name_stays(void **state)
{
	(void)state;
	put_all(NEW | KEPT | PREVIEW | QUARANTINE);
	assert_true(shelf_clear(store, &content, true, true));
	assert_int_equal(found(), KEPT | PREVIEW | QUARANTINE);
	assert_true(shelf_clear(store, &content, false, true));
	assert_int_equal(found(), QUARANTINE);
	assert_true(shelf_clear(store, &content, false, false));
	assert_true(shelf_clear(store, &content, false, false));
	assert_int_equal(found(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_clean_is_kept_once),
		cmocka_unit_test(what_is_infected_is_nowhere_but_in_quarantine),
		cmocka_unit_test(what_could_not_be_looked_into_leaves_what_an_earlier_look_has_kept),
		cmocka_unit_test(bytes_that_are_nowhere_are_not_put_anywhere),
		cmocka_unit_test(what_is_released_comes_out_of_quarantine),
		cmocka_unit_test(what_others_name_stays),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
