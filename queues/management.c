/* management.c - see management.h.
 *
 * No proxy: what travels here is the broker administrator's password.
 */
#include "queues/management.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "base/trust.h"

#define CONNECT_S 5L
#define CALL_S 60L
#define ANSWER_BYTES_MAX (64 * 1024 * 1024)

struct management {
	struct arena *arena;
	CURL *curl;
	char *base; /* without user and password */
	char *user;
	struct curl_slist *headers;
	char *answer;
	size_t answer_len, most;
	char error[512];
};

static const char *management_url;

struct setting management_settings[] = {
	{ "RABBITMQ_MANAGEMENT_URL", SETTING_URL, &management_url, NULL, .schemes = "http https", .secret = true,
	        .help = "RabbitMQ's management API as an administrator: http[s]://user:password@host:15672" },
	{ 0 },
};

static size_t take(char *data, size_t size, size_t count, void *arg)
{
	struct management *m = arg;
	size_t len = size * count;
	char *grown;

	if (m->answer_len + len > m->most || !(grown = realloc(m->answer, m->answer_len + len + 1)))
		return 0; /* curl gives up */
	m->answer = grown;
	memcpy(m->answer + m->answer_len, data, len);
	m->answer_len += len;
	m->answer[m->answer_len] = '\0';
	return len;
}

/* One part of the URL in the arena, decoded; "" when it has none. */
static char *part(struct management *m, CURLU *url, CURLUPart which, unsigned flags)
{
	char *value = NULL, *copy;

	curl_url_get(url, which, &value, flags);
	copy = arena_printf(m->arena, "%s", value ? value : "");
	curl_free(value);
	return copy;
}

static void take_login(struct management *m, CURLU *url)
{
	m->user = part(m, url, CURLUPART_USER, CURLU_URLDECODE);
	curl_easy_setopt(m->curl, CURLOPT_USERNAME, m->user);
	curl_easy_setopt(m->curl, CURLOPT_PASSWORD, part(m, url, CURLUPART_PASSWORD, CURLU_URLDECODE));
}

static bool take_url_apart(struct management *m, const char *wanted)
{
	CURLU *url = curl_url();
	bool fine = url && curl_url_set(url, CURLUPART_URL, wanted, 0) == CURLUE_OK;

	if (fine) {
		take_login(m, url);
		curl_url_set(url, CURLUPART_USER, NULL, 0);
		curl_url_set(url, CURLUPART_PASSWORD, NULL, 0);
		m->base = part(m, url, CURLUPART_URL, 0);
		for (size_t len = strlen(m->base); len && m->base[len - 1] == '/'; len--)
			m->base[len - 1] = '\0';
	}
	curl_url_cleanup(url);
	return fine;
}

/* Its base is to be set. */
static struct management *open_any(struct arena *arena)
{
	struct management *m = ARENA_NEW(arena, struct management);

	curl_global_init(CURL_GLOBAL_DEFAULT);
	m->arena = arena;
	m->curl = curl_easy_init();
	m->most = ANSWER_BYTES_MAX;
	m->base = m->user = "";
	if (!m->curl)
		abort();
	m->headers = curl_slist_append(NULL, "Content-Type: application/json");
	m->headers = curl_slist_append(m->headers, "Expect:"); /* no pause before a body */
	curl_easy_setopt(m->curl, CURLOPT_HTTPHEADER, m->headers);
	curl_easy_setopt(m->curl, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(m->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(m->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(m->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(m->curl, CURLOPT_TIMEOUT, CALL_S);
	if (*trust_file()) {
		curl_easy_setopt(m->curl, CURLOPT_CAINFO, trust_file());
		curl_easy_setopt(m->curl, CURLOPT_CAPATH, NULL);
	}
	curl_easy_setopt(m->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(m->curl, CURLOPT_WRITEDATA, m);
	return m;
}

struct management *management_open(struct arena *arena)
{
	return management_open_at(arena, management_url);
}

struct management *management_open_at(struct arena *arena, const char *where)
{
	struct management *m = open_any(arena);

	if (!take_url_apart(m, where))
		m->base = "http://"; /* which curl calls malformed */
	return m;
}

/* Where RabbitMQ has its management API beside that port of AMQP. */
static char *beside(struct management *m, CURLU *amqp)
{
	bool tls = strcmp(part(m, amqp, CURLUPART_SCHEME, 0), "amqps") == 0;

	return arena_printf(
	        m->arena, "http%s://%s:1567%d", tls ? "s" : "", part(m, amqp, CURLUPART_HOST, 0), tls ? 1 : 2);
}

struct management *management_open_as(struct arena *arena, const char *amqp_url, const char *where)
{
	struct management *m = open_any(arena);
	char *first = text_dup(arena, (struct text){ amqp_url, strcspn(amqp_url, ",") });
	CURLU *url = curl_url();

	m->base = "http://";
	if (url && curl_url_set(url, CURLUPART_URL, first, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK &&
	        take_url_apart(m, *where ? where : beside(m, url)))
		take_login(m, url);
	curl_url_cleanup(url);
	return m;
}

void management_limit(struct management *m, int64_t ms, size_t most)
{
	m->most = most;
	curl_easy_setopt(m->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)ms);
	curl_easy_setopt(m->curl, CURLOPT_TIMEOUT_MS, (long)ms);
}

void management_close(struct management **management)
{
	struct management *m = *management;

	*management = NULL;
	if (!m)
		return;
	curl_easy_cleanup(m->curl);
	curl_slist_free_all(m->headers);
	free(m->answer);
	curl_global_cleanup();
}

/* The API says why in the member "reason", sometimes in "error". */
static void read_reason(struct management *m, long status)
{
	json_t *answer = m->answer ? json_loads(m->answer, 0, NULL) : NULL;
	const char *reason = json_string_value(json_object_get(answer, "reason"));

	if (!reason)
		reason = json_string_value(json_object_get(answer, "error"));
	if (status == 401)
		reason = "it does not accept the user and password of RABBITMQ_MANAGEMENT_URL, or that user is no "
		         "administrator";
	snprintf(m->error, sizeof m->error, "the management API answers %ld: %s", status,
	        reason ? reason : "no reason given");
	json_decref(answer);
}

static enum management_verdict call(struct management *m, const char *path)
{
	CURLcode code;
	long status = 0;
	char *url;

	m->answer_len = 0;
	if (m->answer)
		m->answer[0] = '\0';
	if (asprintf(&url, "%s/api%s", m->base, path) < 0)
		abort();
	curl_easy_setopt(m->curl, CURLOPT_URL, url); /* which is copied */
	free(url);
	code = curl_easy_perform(m->curl);
	if (code != CURLE_OK) {
		snprintf(m->error, sizeof m->error, "%s: %s", m->base, curl_easy_strerror(code));
		return code == CURLE_URL_MALFORMAT || code == CURLE_PEER_FAILED_VERIFICATION ? MANAGEMENT_REFUSED
		                                                                             : MANAGEMENT_AWAY;
	}
	curl_easy_getinfo(m->curl, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200 && status < 300)
		return MANAGEMENT_FINE;
	read_reason(m, status);
	/* 404: its paths appear one after the other while it starts. */
	return status >= 500 || status == 404 ? MANAGEMENT_AWAY : MANAGEMENT_REFUSED;
}

enum management_verdict management_get(struct management *m, const char *path, json_t **out)
{
	enum management_verdict verdict;

	curl_easy_setopt(m->curl, CURLOPT_HTTPGET, 1L);
	verdict = call(m, path);
	if (verdict != MANAGEMENT_FINE)
		return verdict;
	*out = m->answer ? json_loadb(m->answer, m->answer_len, JSON_DECODE_ANY, NULL) : NULL;
	if (*out)
		return MANAGEMENT_FINE;
	snprintf(m->error, sizeof m->error, "%s: what answers there is not RabbitMQ's management API", m->base);
	return MANAGEMENT_REFUSED;
}

enum management_verdict management_post(struct management *m, const char *path, const json_t *body)
{
	char *text = json_dumps(body, JSON_COMPACT);
	enum management_verdict verdict;

	if (!text)
		abort();
	curl_easy_setopt(m->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(text));
	curl_easy_setopt(m->curl, CURLOPT_POSTFIELDS, text);
	verdict = call(m, path);
	free(text);
	return verdict;
}

const char *management_error(const struct management *m)
{
	return m->error;
}

const char *management_user(const struct management *m)
{
	return m->user;
}

char *management_encode(struct arena *arena, const char *segment)
{
	struct buffer out;

	buffer_init(&out, arena, 64);
	for (; *segment; segment++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *segment))
			buffer_append(&out, segment, 1);
		else
			buffer_printf(&out, "%%%02X", (unsigned char)*segment);
	}
	return buffer_cstr(&out);
}
