/* fetch.c - see fetch.h. */
#include "ops/guichetctl/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "base/trust.h"

#define BYTES_MAX (4 * 1024 * 1024)
#define CONNECT_S 5L
#define CALL_S 60L
#define REDIRECTS 5L

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct buffer *out = arg;

	if (out->len + size * count > BYTES_MAX)
		return 0; /* curl gives up */
	buffer_append(out, data, size * count);
	return size * count;
}

/* It is for who has this address, and for nobody on the way or behind it. */
static void show_token(CURL *curl, const char *token)
{
	curl_easy_setopt(curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
	curl_easy_setopt(curl, CURLOPT_XOAUTH2_BEARER, token);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
}

static CURLcode get(CURL *curl, const char *url, const char *token, struct buffer *out)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, REDIRECTS);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, CALL_S);
	curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
	if (*trust_file())
		curl_easy_setopt(curl, CURLOPT_CAINFO, trust_file());
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	if (*token)
		show_token(curl, token);
	return curl_easy_perform(curl);
}

static struct text fetch_url(struct ctl *ctl, const char *url, const char *token)
{
	char error[CURL_ERROR_SIZE] = "";
	struct buffer out;
	CURLcode code;
	CURL *curl;

	curl_global_init(CURL_GLOBAL_DEFAULT);
	curl = curl_easy_init();
	if (!curl)
		abort(); /* out of memory */
	buffer_init(&out, ctl->arena, 64 * 1024);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	code = get(curl, url, token, &out);
	curl_easy_cleanup(curl);
	curl_global_cleanup();
	if (code == CURLE_OK)
		return buffer_view(&out);
	say_failed(ctl, "%s cannot be read: %s", url, *error ? error : curl_easy_strerror(code));
	return TEXT_NONE;
}

static struct text fetch_file(struct ctl *ctl, const char *path)
{
	FILE *file = fopen(path, "rb");
	struct buffer out;
	char part[16384];
	size_t got;
	bool fine = file != NULL;

	buffer_init(&out, ctl->arena, 64 * 1024);
	while (fine && (got = fread(part, 1, sizeof part, file)) > 0) {
		fine = out.len + got <= BYTES_MAX;
		buffer_append(&out, part, got);
	}
	if (!fine || ferror(file))
		say_failed(ctl, "%s cannot be read: %s", path, file && !fine ? "it is too large" : strerror(errno));
	fine = fine && !ferror(file);
	if (file)
		fclose(file);
	return fine ? buffer_view(&out) : TEXT_NONE;
}

struct text fetch_with(struct ctl *ctl, const char *where, const char *token)
{
	bool url = strncasecmp(where, "http://", 7) == 0 || strncasecmp(where, "https://", 8) == 0;

	return url ? fetch_url(ctl, where, token) : fetch_file(ctl, where);
}

struct text fetch(struct ctl *ctl, const char *where)
{
	return fetch_with(ctl, where, "");
}
