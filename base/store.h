/* store.h - objects: bytes under a key, in a bucket; on the local disk or in S3.
 *
 * Every function blocks, for as long as a disk or a server takes: none is for an event loop. A store may be used
 * by several threads at once. Buckets and keys are plain ASCII ([A-Za-z0-9._/-], no "..", at most 200
 * characters), chosen by us and never by a client; anything else is a broken invariant and ends the process.
 *
 * Local: STORE_DIR/bucket/key. An object is written to a name that nobody looks for, fsynced, renamed, and its folder
 * fsynced: whoever reads it reads all of it or nothing. S3: one PUT with its digest; the server sees to the same.
 */
#ifndef BASE_STORE_H
#define BASE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/settings.h"

struct store;
struct store_reader;
struct store_writer;

enum store_outcome {
	STORE_DONE,
	STORE_ABSENT,  /* there is no such object */
	STORE_FULL,    /* no room: disk full, quota */
	STORE_AWAY,    /* not now: the server does not answer, the disk fails; nothing is known to have changed */
	STORE_REFUSED, /* for good: wrong secret, no such bucket, not permitted */
};

/* STORE_URL (file:///dir or s3://bucket-prefix), SPOOL_DIR; S3_* and MINIO_*. */
extern struct setting store_settings[], store_s3_settings[];

/* A folder for what is on its way: SPOOL_DIR. */
const char *store_spool_dir(void);

/* Opens what the settings name; makes the local folders. Ends the process (exit 78) when they make no sense. */
struct store *store_open(void);
void store_close(struct store **store);
/* The folder of a local store, for who makes second names of its objects, which never change; NULL: it is S3. */
const char *store_folder(void);
/* Whether it can be written to now, by writing: for /ready and doctor. */
enum store_outcome store_probe(struct store *store);
/* What the last failure of this thread said, for a log; never a secret. */
const char *store_error(void);

/* Writing in pieces. Nothing is there before commit said STORE_DONE; then it is there for good (fsync). sha256 is
 * that of all bytes and size their number: S3 is told both, and what does not agree is not stored. Commit and abort
 * free the writer. An object of the same key is replaced. */
enum store_outcome store_write_begin(struct store *store, struct store_writer **out);
enum store_outcome store_write(struct store_writer *writer, const void *bytes, size_t count);
enum store_outcome store_write_commit(
        struct store_writer **writer, const char *bucket, const char *key, const uint8_t sha256[32]);
void store_write_abort(struct store_writer **writer);

/* Reading count bytes from offset (count -1: to the end); out_size is that of the whole object. store_read
 * returns how many bytes it gave, 0 at the end, -1 on failure (store_error). */
enum store_outcome store_read_begin(struct store *store, const char *bucket, const char *key, int64_t offset,
        int64_t count, struct store_reader **out, int64_t *out_size);
ssize_t store_read(struct store_reader *reader, void *bytes, size_t room);
void store_read_end(struct store_reader **reader);

/* Moves an object, replacing what has the new name; when it returns STORE_DONE the new name is durable and the old one
 * gone. Repeating a move whose end was not seen is STORE_ABSENT at the old name: look whether the new one is there. */
enum store_outcome store_move(
        struct store *store, const char *from_bucket, const char *from_key, const char *bucket, const char *key);
enum store_outcome store_remove(struct store *store, const char *bucket, const char *key);
/* *out_size is untouched when it is not STORE_DONE. */
enum store_outcome store_look(struct store *store, const char *bucket, const char *key, int64_t *out_size);

/* Every object of a bucket, in no order; modified_at in seconds since 1970. Ends early when the visitor returns false.
 */
typedef bool store_visit_fn(void *context, const char *key, int64_t size, int64_t modified_at);
enum store_outcome store_list(struct store *store, const char *bucket, store_visit_fn *visit, void *context);

#endif
