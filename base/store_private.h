/* store_private.h - what store.c asks of a backend. */
#ifndef BASE_STORE_PRIVATE_H
#define BASE_STORE_PRIVATE_H

#include "base/store.h"

enum { STORE_NAME_ROOM = 256 };

struct store_backend {
	/* An empty file for what is written, which nobody looks for; -1: errno says why. name stays empty when the
	 * file has none. */
	int (*incoming)(struct store *store, char name[STORE_NAME_ROOM]);
	/* All of it is in the writer's file: makes it the object. */
	enum store_outcome (*keep)(
	        struct store_writer *writer, const char *bucket, const char *key, const uint8_t sha256[32]);
	enum store_outcome (*read_begin)(struct store_reader *reader, int64_t *out_size);
	/* At most room bytes from reader->at; less only at the end. */
	ssize_t (*read)(struct store_reader *reader, void *bytes, size_t room);
	enum store_outcome (*move)(struct store *store, const char *from_bucket, const char *from_key,
	        const char *bucket, const char *key);
	enum store_outcome (*remove)(struct store *store, const char *bucket, const char *key);
	enum store_outcome (*look)(struct store *store, const char *bucket, const char *key, int64_t *out_size);
	enum store_outcome (*list)(struct store *store, const char *bucket, store_visit_fn *visit, void *context);
	void (*close)(struct store *store);
};

struct store {
	const struct store_backend *backend;
	int root;      /* local: the folder's descriptor */
	struct s3 *s3; /* S3: what store_s3.c keeps */
};

struct store_writer {
	struct store *store;
	int fd;
	char name[STORE_NAME_ROOM]; /* below root; "": it has none */
	int64_t size;
};

struct store_reader {
	struct store *store;
	char bucket[64], key[STORE_NAME_ROOM];
	int fd;           /* local */
	int64_t at, left; /* left -1: to the end */
};

/* Remembers what went wrong for store_error(). */
enum store_outcome store_fail(enum store_outcome outcome, const char *format, ...)
        __attribute__((format(printf, 2, 3)));
/* The same for errno, on what. */
enum store_outcome store_fail_errno(const char *what);

/* NULL, after a message on stderr: it cannot be. */
struct store *store_local_open(const char *dir);
struct store *store_s3_open(const char *prefix);

#endif
