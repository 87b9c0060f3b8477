/* store_s3.c - objects in S3, by libcurl: see store.h. MinIO and Ceph speak the same.
 *
 * Buckets are named in the path, and made when they are missing. What is written lies in a file of SPOOL_DIR until it
 * is whole, then goes in one PUT. What is read comes in pieces of 256 KiB, a request each (store_s3_request.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/store_s3.h"

#define PIECE (256 * 1024)

static const char *endpoint, *region, *access_key, *secret_key, *minio_host, *minio_access_key, *minio_secret_key;
static int64_t minio_port;
static bool minio_ssl;

struct setting store_s3_settings[] = {
	{ "S3_ENDPOINT", SETTING_TEXT, &endpoint, "",
	        .help = "the server of S3, http(s)://host[:port]; else that of MINIO_ENDPOINT" },
	{ "S3_REGION", SETTING_TEXT, &region, "us-east-1", .help = "the region that requests are signed for" },
	{ "S3_ACCESS_KEY", SETTING_TEXT, &access_key, "", .help = "the account's name there; else MINIO_ACCESS_KEY" },
	{ "S3_SECRET_KEY", SETTING_TEXT, &secret_key, "", .secret = true, .help = "its secret; else MINIO_SECRET_KEY" },
	{ "MINIO_ENDPOINT", SETTING_TEXT, &minio_host, "", .help = "host of a MinIO, as older set-ups name it" },
	{ "MINIO_PORT", SETTING_INT, &minio_port, "9000", .min = 1, .max = 65535, .help = "its port" },
	{ "MINIO_USE_SSL", SETTING_BOOL, &minio_ssl, "no", .help = "whether it speaks TLS" },
	{ "MINIO_ACCESS_KEY", SETTING_TEXT, &minio_access_key, "", .help = "see S3_ACCESS_KEY" },
	{ "MINIO_SECRET_KEY", SETTING_TEXT, &minio_secret_key, "", .secret = true, .help = "see S3_SECRET_KEY" },
	{ 0 },
};

/* --- writing --------------------------------------------------------------------------------- */
static int incoming(struct store *store, char name[STORE_NAME_ROOM])
{
	char path[512];
	int fd;

	(void)store;
	(void)name;
	fd = open(store_spool_dir(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd;
	snprintf(path, sizeof path, "%s/.object.XXXXXX", store_spool_dir());
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

static enum store_outcome make_bucket(struct store *store, const char *bucket)
{
	char answer[S3_ANSWER_ROOM];
	struct s3_exchange x = s3_about(store, bucket, "");

	x.method = "PUT";
	x.room = answer;
	x.most = sizeof answer;
	s3_perform(&x);
	return x.status == 409 ? STORE_DONE : s3_outcome(&x); /* another was quicker */
}

/* A request that writes; where the bucket is missing it is made, and the request repeated. */
static enum store_outcome perform_in_bucket(struct store *store, struct s3_exchange *x, const char *bucket)
{
	enum store_outcome outcome = s3_perform(x);

	if (outcome == STORE_ABSENT && text_equal(s3_error_code(x), TEXT("NoSuchBucket")) &&
	        make_bucket(store, bucket) == STORE_DONE)
		outcome = s3_perform(x);
	return outcome;
}

static enum store_outcome keep(
        struct store_writer *writer, const char *bucket, const char *key, const uint8_t sha256[32])
{
	char answer[S3_ANSWER_ROOM], digest[65];
	struct s3_exchange x = s3_about(writer->store, bucket, key);

	text_hex(sha256, 32, digest);
	x.method = "PUT";
	x.digest = digest;
	x.fd = writer->fd;
	x.size = writer->size;
	x.room = answer;
	x.most = sizeof answer;
	return perform_in_bucket(writer->store, &x, bucket);
}

/* --- reading ----------------------------------------------------------------------------------- */
static enum store_outcome look(struct store *store, const char *bucket, const char *key, int64_t *out_size)
{
	char answer[S3_ANSWER_ROOM];
	struct s3_exchange x = s3_about(store, bucket, key);
	enum store_outcome outcome;

	x.method = "HEAD";
	x.room = answer;
	x.most = sizeof answer;
	outcome = s3_perform(&x);
	if (outcome == STORE_DONE)
		*out_size = x.total;
	return outcome;
}

static enum store_outcome read_begin(struct store_reader *reader, int64_t *out_size)
{
	return look(reader->store, reader->bucket, reader->key, out_size);
}

static ssize_t read_some(struct store_reader *reader, void *bytes, size_t room)
{
	struct s3_exchange x = s3_about(reader->store, reader->bucket, reader->key);
	enum store_outcome outcome;

	if (room > PIECE)
		room = PIECE;
	x.room = bytes;
	x.most = room;
	snprintf(x.range, sizeof x.range, "%lld-%lld", (long long)reader->at,
	        (long long)(reader->at + (int64_t)room - 1));
	outcome = s3_perform(&x);
	if (x.status == 416)
		return 0;
	return outcome == STORE_DONE ? (ssize_t)x.got : -1;
}

/* --- the rest ------------------------------------------------------------------------------------ */
static enum store_outcome remove_one(struct store *store, const char *bucket, const char *key)
{
	char answer[S3_ANSWER_ROOM];
	int64_t size;
	struct s3_exchange x = s3_about(store, bucket, key);
	enum store_outcome outcome = look(store, bucket, key, &size); /* S3 removes what is not there, too */

	if (outcome != STORE_DONE)
		return outcome;
	x.method = "DELETE";
	x.room = answer;
	x.most = sizeof answer;
	return s3_perform(&x);
}

/* A copy can begin with 200 and end with an error. */
static enum store_outcome copy(
        struct store *store, const char *from_bucket, const char *from_key, const char *bucket, const char *key)
{
	char answer[S3_ANSWER_ROOM];
	const char *prefix = strrchr(store->s3->base, '/');
	struct s3_exchange x = s3_about(store, bucket, key);
	enum store_outcome outcome;

	x.method = "PUT";
	x.room = answer;
	x.most = sizeof answer;
	snprintf(x.extra, sizeof x.extra, "x-amz-copy-source: %s%s/%s", prefix, from_bucket, from_key);
	outcome = perform_in_bucket(store, &x, bucket);
	if (outcome == STORE_DONE && memmem(answer, x.got, "<Error>", 7))
		return store_fail(STORE_AWAY, "S3: the copy of %s failed", from_key);
	return outcome;
}

static enum store_outcome move(
        struct store *store, const char *from_bucket, const char *from_key, const char *bucket, const char *key)
{
	int64_t size;
	enum store_outcome outcome = look(store, from_bucket, from_key, &size);

	if (outcome == STORE_DONE)
		outcome = copy(store, from_bucket, from_key, bucket, key);
	return outcome == STORE_DONE ? remove_one(store, from_bucket, from_key) : outcome;
}

/* --- opening ------------------------------------------------------------------------------------------ */
static void close_all(struct store *store)
{
	s3_disconnect(store->s3);
	pthread_mutex_destroy(&store->s3->lock);
	free(store->s3);
}

static const struct store_backend backend = { .incoming = incoming,
	.keep = keep,
	.read_begin = read_begin,
	.read = read_some,
	.move = move,
	.remove = remove_one,
	.look = look,
	.list = s3_list,
	.close = close_all };

static bool is_name(const char *prefix)
{
	return strspn(prefix, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(prefix) && strlen(prefix) <= 32;
}

static const char *name_server(struct s3 *s3, const char *prefix)
{
	int len;

	if (!is_name(prefix))
		return "STORE_URL: behind s3:// only lower-case letters, digits and - can stand";
	if (endpoint[0])
		len = snprintf(s3->base, sizeof s3->base, "%s/%s", endpoint, prefix);
	else
		len = snprintf(s3->base, sizeof s3->base, "%s://%s:%lld/%s", minio_ssl ? "https" : "http", minio_host,
		        (long long)minio_port, prefix);
	if ((!endpoint[0] && !minio_host[0]) || len >= (int)sizeof s3->base ||
	        (endpoint[0] && strncmp(endpoint, "http://", 7) && strncmp(endpoint, "https://", 8)))
		return "STORE_URL: S3 needs S3_ENDPOINT, http(s)://host[:port], or MINIO_ENDPOINT";
	return NULL;
}

struct store *store_s3_open(const char *prefix)
{
	struct store *store = calloc(1, sizeof *store);
	struct s3 *s3 = calloc(1, sizeof *s3);
	const char *name = access_key[0] ? access_key : minio_access_key;
	const char *secret = secret_key[0] ? secret_key : minio_secret_key;
	const char *why;

	if (!store || !s3 || curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
	why = name_server(s3, prefix);
	if (!why && (!name[0] || !secret[0]))
		why = "STORE_URL: S3 needs S3_ACCESS_KEY and S3_SECRET_KEY";
	if (why) {
		fprintf(stderr, "%s\n", why);
		free(store);
		free(s3);
		return NULL;
	}
	snprintf(s3->login, sizeof s3->login, "%s:%s", name, secret);
	snprintf(s3->signature, sizeof s3->signature, "aws:amz:%s:s3", region);
	pthread_mutex_init(&s3->lock, NULL);
	*store = (struct store){ .backend = &backend, .root = -1, .s3 = s3 };
	return store;
}
