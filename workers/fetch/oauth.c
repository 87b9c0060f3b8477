/* oauth.c - see oauth.h. Tokens are in memory only; the refresh token is in its file, and nowhere else. */
#include "workers/fetch/oauth.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/trust.h"

#define ANSWER_BYTES 65536
#define CONNECT_S 10L
#define ANSWER_S 20L
#define EARLY_S 120 /* a token is not used for so long before its end */
#define LASTS_S 600 /* unless the server says for how long */

struct oauth {
	const char *path;
	struct oauth *next;
	pthread_mutex_t lock;
	char *token; /* NULL: none yet */
	int64_t until_ms;
};

static struct oauth *all;

struct oauth *oauth_of(const char *path)
{
	struct oauth *oauth = all;

	while (oauth && strcmp(oauth->path, path) != 0)
		oauth = oauth->next;
	if (oauth)
		return oauth;
	oauth = calloc(1, sizeof *oauth);
	if (!oauth)
		abort();
	oauth->path = path;
	pthread_mutex_init(&oauth->lock, NULL);
	oauth->next = all;
	all = oauth;
	return oauth;
}

/* --- the file --------------------------------------------------------------------------- */
static bool write_all(int fd, const char *text)
{
	size_t len = strlen(text), done = 0;
	ssize_t wrote;

	while (done < len && (wrote = write(fd, text + done, len - done)) > 0)
		done += (size_t)wrote;
	return done == len && fsync(fd) == 0;
}

static void sync_folder(const char *path)
{
	char folder[4096];
	int fd;

	snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path + 1), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

/* All of it is there, or what was there before. */
static bool replace_file(const char *path, const char *text)
{
	char new_path[4096];
	int fd;
	bool good;

	snprintf(new_path, sizeof new_path, "%s.new", path);
	fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	good = write_all(fd, text);
	good = close(fd) == 0 && good && rename(new_path, path) == 0;
	if (!good)
		unlink(new_path);
	else
		sync_folder(path);
	return good;
}

/* The old refresh token may be worth nothing any more: that it cannot be kept must be seen. */
static void keep_refresh_token(const struct oauth *oauth, json_t *file, const char *token)
{
	char *text;

	json_object_set_new(file, "refresh_token", json_string(token));
	text = json_dumps(file, JSON_INDENT(2));
	if (!text || !replace_file(oauth->path, text))
		log_error("a new refresh token cannot be written into its file", LOG_TEXT("file", oauth->path),
		        LOG_TEXT("reason", strerror(errno)));
	free(text);
}

static const char *member(const json_t *file, const char *name)
{
	return json_string_value(json_object_get(file, name));
}

/* --- asking ----------------------------------------------------------------------------- */
static void add_field(CURL *curl, struct buffer *form, const char *name, const char *value)
{
	char *escaped;

	if (!value)
		return;
	escaped = curl_easy_escape(curl, value, 0);
	buffer_printf(form, "%s%s=%s", form->len ? "&" : "", name, escaped ? escaped : "");
	curl_free(escaped);
}

static const char *form_of(CURL *curl, struct arena *arena, const json_t *file)
{
	const char *refresh_token = member(file, "refresh_token");
	struct buffer form;

	buffer_init(&form, arena, 1024);
	add_field(curl, &form, "grant_type", refresh_token ? "refresh_token" : "client_credentials");
	add_field(curl, &form, "refresh_token", refresh_token);
	add_field(curl, &form, "client_id", member(file, "client_id"));
	add_field(curl, &form, "client_secret", member(file, "client_secret"));
	add_field(curl, &form, "scope", member(file, "scope"));
	return buffer_cstr(&form);
}

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct buffer *out = arg;

	if (out->len + size * count > ANSWER_BYTES)
		return 0; /* curl gives up */
	buffer_append(out, data, size * count);
	return size * count;
}

static CURLcode post(CURL *curl, const char *url, const char *form, struct buffer *out)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, ANSWER_S);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*trust_file())
		curl_easy_setopt(curl, CURLOPT_CAINFO, trust_file());
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	return curl_easy_perform(curl);
}

/* The answer, NULL: *out_wrong says why. */
static json_t *ask(struct arena *arena, const json_t *file, const char **out_wrong)
{
	CURL *curl = curl_easy_init();
	struct buffer answer;
	json_t *read = NULL;
	CURLcode code;

	if (!curl)
		abort(); /* out of memory */
	buffer_init(&answer, arena, 4096);
	code = post(curl, member(file, "token_url"), form_of(curl, arena, file), &answer);
	if (code == CURLE_OK)
		read = json_loadb(answer.data, answer.len, 0, NULL);
	curl_easy_cleanup(curl);
	if (!read)
		*out_wrong = arena_printf(arena, "the token server: %s",
		        code == CURLE_OK ? "its answer is no JSON" : curl_easy_strerror(code));
	return read;
}

static bool take_answer(struct oauth *oauth, struct arena *arena, json_t *file, json_t *answer, const char **out_wrong)
{
	const char *token = member(answer, "access_token"), *error = member(answer, "error"),
	           *renewed = member(answer, "refresh_token"), *known = member(file, "refresh_token");
	const json_t *lasts = json_object_get(answer, "expires_in");
	int64_t lasts_s = json_is_integer(lasts) ? json_integer_value(lasts) : LASTS_S;

	if (!token) {
		*out_wrong = arena_printf(arena, "the token server refuses: %s", error ? error : "it gives no token");
		return false;
	}
	free(oauth->token);
	oauth->token = strdup(token);
	oauth->until_ms = clock_mono_ms() + (lasts_s > 2 * EARLY_S ? lasts_s - EARLY_S : lasts_s / 2) * 1000;
	if (renewed && known && strcmp(renewed, known) != 0)
		keep_refresh_token(oauth, file, renewed);
	return true;
}

static bool renew(struct oauth *oauth, struct arena *arena, const char **out_wrong)
{
	json_error_t error;
	json_t *file = json_load_file(oauth->path, 0, &error), *answer = NULL;
	bool good = false;

	if (!json_is_object(file))
		*out_wrong = arena_printf(arena, "%s cannot be read, or is no JSON", oauth->path);
	else if (!member(file, "client_id") || !trust_keeps_secret(member(file, "token_url")))
		*out_wrong = arena_printf(arena, "%s has no client_id, or no token_url with https://", oauth->path);
	else if ((answer = ask(arena, file, out_wrong)))
		good = take_answer(oauth, arena, file, answer, out_wrong);
	json_decref(answer);
	json_decref(file);
	return good;
}

const char *oauth_token(struct oauth *oauth, struct arena *arena, const char *refused, const char **out_wrong)
{
	const char *token = NULL;

	pthread_mutex_lock(&oauth->lock);
	if ((oauth->token && clock_mono_ms() < oauth->until_ms && !(refused && !strcmp(oauth->token, refused))) ||
	        renew(oauth, arena, out_wrong))
		token = arena_copy(arena, oauth->token, strlen(oauth->token));
	pthread_mutex_unlock(&oauth->lock);
	return token;
}
