/* store_s3_request.c - one exchange with a server of S3.
 *
 * Requests are signed with AWS Signature Version 4; the digest of what is sent stands in x-amz-content-sha256, which
 * libcurl signs and does not send by itself. Paths and queries are signed as they are given: they are written in their
 * canonical form. Every request can be repeated, and is, three times, when the server does not answer or says 5xx.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>
#include "base/store_s3.h"

#define TRIES 3
#define NAP_MS 200 /* before the second try; four times as long before the third */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* --- connections ----------------------------------------------------------------------- */
static CURL *take(struct s3 *s3)
{
	CURL *curl = NULL;

	pthread_mutex_lock(&s3->lock);
	if (s3->idle_count)
		curl = s3->idle[--s3->idle_count];
	pthread_mutex_unlock(&s3->lock);
	if (!curl)
		curl = curl_easy_init();
	if (!curl)
		abort();
	curl_easy_reset(curl);
	return curl;
}

static void give_back(struct s3 *s3, CURL *curl)
{
	pthread_mutex_lock(&s3->lock);
	if (s3->idle_count < S3_IDLE_MOST) {
		s3->idle[s3->idle_count++] = curl;
		curl = NULL;
	}
	pthread_mutex_unlock(&s3->lock);
	curl_easy_cleanup(curl);
}

/* --- one request ------------------------------------------------------------------------- */
static size_t on_send(char *bytes, size_t size, size_t count, void *arg)
{
	struct s3_exchange *x = arg;
	ssize_t got = x->fd < 0 ? 0 : pread(x->fd, bytes, size * count, x->at);

	if (got < 0)
		return CURL_READFUNC_ABORT;
	x->at += got;
	return (size_t)got;
}

static int on_seek(void *arg, curl_off_t offset, int origin)
{
	struct s3_exchange *x = arg;

	if (origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	x->at = offset;
	return CURL_SEEKFUNC_OK;
}

static size_t on_receive(char *bytes, size_t size, size_t count, void *arg)
{
	struct s3_exchange *x = arg;
	size_t len = size * count;

	if (len > x->most - x->got) {
		x->too_long = true;
		return 0;
	}
	if (len)
		memcpy(x->room + x->got, bytes, len);
	x->got += len;
	return len;
}

static size_t on_header(char *line, size_t size, size_t count, void *arg)
{
	struct s3_exchange *x = arg;
	size_t len = size * count;
	const char *slash;

	if (len > 14 && !strncasecmp(line, "content-range:", 14) && (slash = memchr(line, '/', len)))
		x->total = strtoll(slash + 1, NULL, 10);
	else if (len > 15 && !strncasecmp(line, "content-length:", 15) && x->total < 0)
		x->total = strtoll(line + 15, NULL, 10);
	return len;
}

static struct curl_slist *headers_of(const struct s3_exchange *x)
{
	char digest[128];
	struct curl_slist *list;

	snprintf(digest, sizeof digest, "x-amz-content-sha256: %s", x->digest);
	list = curl_slist_append(NULL, digest);
	list = curl_slist_append(list, "Expect:");
	if (x->extra[0])
		list = curl_slist_append(list, x->extra);
	return list;
}

static void prepare(CURL *curl, struct s3_exchange *x, struct curl_slist *headers)
{
	curl_easy_setopt(curl, CURLOPT_URL, x->url);
	curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 2000L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 5L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 60000L);
	curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, x->s3->signature);
	curl_easy_setopt(curl, CURLOPT_USERPWD, x->s3->login);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
	if (x->range[0])
		curl_easy_setopt(curl, CURLOPT_RANGE, x->range);
	if (x->method && !strcmp(x->method, "HEAD"))
		curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
	else if (x->method)
		curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, x->method);
	if (x->method && !strcmp(x->method, "PUT")) {
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)x->size);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_send);
		curl_easy_setopt(curl, CURLOPT_READDATA, x);
		curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(curl, CURLOPT_SEEKDATA, x);
	}
}

/* True: the server has answered, and does not ask for another try. */
static bool try_once(struct s3_exchange *x)
{
	CURL *curl = take(x->s3);
	struct curl_slist *headers = headers_of(x);
	CURLcode code;

	x->at = 0;
	x->got = 0;
	x->total = -1;
	x->status = 0;
	x->too_long = false;
	prepare(curl, x, headers);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &x->status);
	curl_slist_free_all(headers);
	if (code == CURLE_OK)
		give_back(x->s3, curl);
	else
		curl_easy_cleanup(curl);
	if (code != CURLE_OK && !(x->too_long && x->status >= 300)) {
		store_fail(STORE_AWAY, "S3: %s", curl_easy_strerror(code));
		x->status = 0;
		return false;
	}
	return x->status < 500 && x->status != 429;
}

struct text s3_error_code(const struct s3_exchange *x)
{
	const char *start = x->got ? memmem(x->room, x->got, "<Code>", 6) : NULL;
	const char *end = start ? memmem(start, (size_t)(x->room + x->got - start), "</Code>", 7) : NULL;

	return end ? (struct text){ start + 6, (size_t)(end - start) - 6 } : TEXT_NONE;
}

enum store_outcome s3_outcome(const struct s3_exchange *x)
{
	struct text code = s3_error_code(x);
	enum store_outcome outcome = STORE_REFUSED;

	if (x->status == 0)
		return STORE_AWAY;
	if (x->status < 300)
		return STORE_DONE;
	if (text_equal(code, TEXT("XMinioStorageFull")) || text_equal(code, TEXT("QuotaExceeded")) || x->status == 507)
		outcome = STORE_FULL;
	else if (x->status == 404)
		outcome = STORE_ABSENT;
	else if (x->status >= 500 || x->status == 429 || text_equal(code, TEXT("RequestTimeTooSkewed")))
		outcome = STORE_AWAY;
	return store_fail(outcome, "S3: %ld %.*s", x->status, (int)code.len, code.data ? code.data : "");
}

enum store_outcome s3_perform(struct s3_exchange *x)
{
	struct timespec nap = { 0, NAP_MS * 1000000L };

	for (int i = 0; i < TRIES && !try_once(x); i++) {
		if (i + 1 < TRIES)
			nanosleep(&nap, NULL);
		nap.tv_nsec = (nap.tv_nsec * 4) % 1000000000L;
	}
	return s3_outcome(x);
}

struct s3_exchange s3_about(struct store *store, const char *bucket, const char *key)
{
	struct s3_exchange x = { .s3 = store->s3, .digest = EMPTY_SHA256, .fd = -1 };

	snprintf(x.url, sizeof x.url, "%s%s%s%s", store->s3->base, bucket, key[0] && key[0] != '?' ? "/" : "", key);
	return x;
}

void s3_disconnect(struct s3 *s3)
{
	for (int i = 0; i < s3->idle_count; i++)
		curl_easy_cleanup(s3->idle[i]);
}
