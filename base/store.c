/* store.c - see store.h: what both backends have in common.
 *
 * What is written lies in a file until it is whole, whatever the backend: only then are its digest and its size known,
 * which S3 wants to be told first.
 */
#include "base/store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/store_private.h"

#define KEY_MOST 200

static const char *url, *spool_dir;
static _Thread_local char error[256];

struct setting store_settings[] = {
	{ "STORE_URL", SETTING_URL, &url, "file:///var/lib/guichet/files", .schemes = "file s3",
	        .help = "where files lie: file:///folder, or s3:// and what the names of all buckets begin with" },
	{ "SPOOL_DIR", SETTING_TEXT, &spool_dir, "/var/lib/guichet",
	        .help = "a folder for large requests that are arriving, and for what is on its way to S3" },
	{ 0 },
};

const char *store_spool_dir(void)
{
	return spool_dir;
}

const char *store_folder(void)
{
	return strncmp(url, "file://", 7) == 0 ? url + 7 : NULL;
}

const char *store_error(void)
{
	return error;
}

enum store_outcome store_fail(enum store_outcome outcome, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, sizeof error, format, args);
	va_end(args);
	return outcome;
}

enum store_outcome store_fail_errno(const char *what)
{
	enum store_outcome outcome = STORE_AWAY;

	if (errno == ENOENT || errno == ENOTDIR)
		outcome = STORE_ABSENT;
	else if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		outcome = STORE_FULL;
	else if (errno == EACCES || errno == EPERM || errno == EROFS)
		outcome = STORE_REFUSED;
	return store_fail(outcome, "%s: %s", what, strerror(errno));
}

/* Names are ours: one that is not plain would lead out of the store. */
static void must_be_plain(const char *name)
{
	size_t len = strlen(name);

	if (!len || len > KEY_MOST || name[0] == '/' || name[0] == '.' || strstr(name, "..") ||
	        strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-") != len) {
		fprintf(stderr, "store: %s is no name of an object\n", name);
		abort();
	}
}

struct store *store_open(void)
{
	struct store *store = !strncmp(url, "file://", 7) ? store_local_open(url + 7) : store_s3_open(url + 5);

	if (!store)
		exit(78); /* EX_CONFIG */
	return store;
}

void store_close(struct store **store)
{
	if (!*store)
		return;
	(*store)->backend->close(*store);
	free(*store);
	*store = NULL;
}

/* --- writing --------------------------------------------------------------------- */
static void free_writer(struct store_writer **writer)
{
	close((*writer)->fd);
	free(*writer);
	*writer = NULL;
}

enum store_outcome store_write_begin(struct store *store, struct store_writer **out)
{
	struct store_writer *writer = calloc(1, sizeof *writer);

	if (!writer)
		abort();
	writer->store = store;
	writer->fd = store->backend->incoming(store, writer->name);
	if (writer->fd < 0) {
		free(writer);
		return store_fail_errno("no file for what comes");
	}
	*out = writer;
	return STORE_DONE;
}

enum store_outcome store_write(struct store_writer *writer, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count) {
		ssize_t written = write(writer->fd, at, count);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return store_fail_errno("writing");
		at += written;
		count -= (size_t)written;
		writer->size += written;
	}
	return STORE_DONE;
}

enum store_outcome store_write_commit(
        struct store_writer **writer, const char *bucket, const char *key, const uint8_t sha256[32])
{
	enum store_outcome outcome;

	must_be_plain(bucket);
	must_be_plain(key);
	outcome = (*writer)->store->backend->keep(*writer, bucket, key, sha256);
	if (outcome == STORE_DONE)
		free_writer(writer);
	else
		store_write_abort(writer);
	return outcome;
}

void store_write_abort(struct store_writer **writer)
{
	if (!*writer)
		return;
	if ((*writer)->name[0])
		unlinkat((*writer)->store->root, (*writer)->name, 0);
	free_writer(writer);
}

/* --- reading --------------------------------------------------------------------- */
enum store_outcome store_read_begin(struct store *store, const char *bucket, const char *key, int64_t offset,
        int64_t count, struct store_reader **out, int64_t *out_size)
{
	struct store_reader *reader = calloc(1, sizeof *reader);
	enum store_outcome outcome;

	must_be_plain(bucket);
	must_be_plain(key);
	if (!reader)
		abort();
	*reader = (struct store_reader){ .store = store, .fd = -1, .at = offset, .left = count };
	snprintf(reader->bucket, sizeof reader->bucket, "%s", bucket);
	snprintf(reader->key, sizeof reader->key, "%s", key);
	outcome = store->backend->read_begin(reader, out_size);
	if (outcome == STORE_DONE)
		*out = reader;
	else
		store_read_end(&reader);
	return outcome;
}

ssize_t store_read(struct store_reader *reader, void *bytes, size_t room)
{
	ssize_t count;

	if (reader->left >= 0 && room > (size_t)reader->left)
		room = (size_t)reader->left;
	count = room ? reader->store->backend->read(reader, bytes, room) : 0;
	if (count > 0) {
		reader->at += count;
		reader->left -= reader->left >= 0 ? count : 0;
	}
	return count;
}

void store_read_end(struct store_reader **reader)
{
	if (!*reader)
		return;
	if ((*reader)->fd >= 0)
		close((*reader)->fd);
	free(*reader);
	*reader = NULL;
}

/* --- the rest -------------------------------------------------------------------- */
enum store_outcome store_move(
        struct store *store, const char *from_bucket, const char *from_key, const char *bucket, const char *key)
{
	must_be_plain(from_bucket);
	must_be_plain(from_key);
	must_be_plain(bucket);
	must_be_plain(key);
	return store->backend->move(store, from_bucket, from_key, bucket, key);
}

enum store_outcome store_remove(struct store *store, const char *bucket, const char *key)
{
	must_be_plain(bucket);
	must_be_plain(key);
	return store->backend->remove(store, bucket, key);
}

enum store_outcome store_look(struct store *store, const char *bucket, const char *key, int64_t *out_size)
{
	must_be_plain(bucket);
	must_be_plain(key);
	return store->backend->look(store, bucket, key, out_size);
}

enum store_outcome store_list(struct store *store, const char *bucket, store_visit_fn *visit, void *context)
{
	must_be_plain(bucket);
	return store->backend->list(store, bucket, visit, context);
}

enum store_outcome store_probe(struct store *store)
{
	static const char byte = 'x';
	uint8_t sha256[32];
	struct store_writer *writer = NULL;
	char key[64];
	enum store_outcome outcome = store_write_begin(store, &writer);

	SHA256((const unsigned char *)&byte, 1, sha256);
	snprintf(key, sizeof key, "probe/%ld-%ld", (long)getpid(), random());
	if (outcome == STORE_DONE)
		outcome = store_write(writer, &byte, 1);
	if (outcome != STORE_DONE) {
		store_write_abort(&writer);
		return outcome;
	}
	outcome = store_write_commit(&writer, "helpdesk-temp", key, sha256);
	return outcome == STORE_DONE ? store_remove(store, "helpdesk-temp", key) : outcome;
}
