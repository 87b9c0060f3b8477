/* store_s3.h - one exchange with a server of S3; for the files of that store alone. */
#ifndef BASE_STORE_S3_H
#define BASE_STORE_S3_H

#include <curl/curl.h>
#include <pthread.h>
#include "base/store_private.h"
#include "base/text.h"

#define S3_IDLE_MOST 16
#define S3_ANSWER_ROOM 4096 /* for an answer that is not read, or tells an error */

struct s3 {
	char base[256]; /* http://host:port/prefix */
	char login[512], signature[128];
	pthread_mutex_t lock;
	CURL *idle[S3_IDLE_MOST]; /* with their connections */
	int idle_count;
};

/* One exchange. */
struct s3_exchange {
	struct s3 *s3;
	const char *method; /* NULL: GET */
	char url[1024];
	const char *digest;                /* of what is sent, in hexadecimal */
	char extra[STORE_NAME_ROOM + 128]; /* a header more */
	char range[64];
	int fd; /* what is sent; -1: nothing */
	int64_t at, size;

	char *room; /* where the answer goes */
	size_t got, most;
	bool too_long;
	long status;
	int64_t total; /* of the object, by Content-Range or Content-Length */
};

/* A GET of that object; of the bucket when the key is empty. */
struct s3_exchange s3_about(struct store *store, const char *bucket, const char *key);
/* Signed, and tried three times. What the answer said is in x; the outcome's reason in store_error(). */
enum store_outcome s3_perform(struct s3_exchange *x);
/* What the exchange came to. */
enum store_outcome s3_outcome(const struct s3_exchange *x);
/* The word in <Code>, if the answer is an error's. */
struct text s3_error_code(const struct s3_exchange *x);
void s3_disconnect(struct s3 *s3);

/* store_visit_fn of all objects (store_s3_list.c). */
enum store_outcome s3_list(struct store *store, const char *bucket, store_visit_fn *visit, void *context);

#endif
