/* courier.c - requests, many at a time, by libcurl's multi interface.
 *
 * A webhook has ENDPOINT_MOST of them at a time, and what else it has waits for its own: one that is slow delays nobody
 * else. Whether an address may be called is asked when a socket is made for it, and again, for HTTP without TLS, when
 * it is connected: so also behind a redirect, of which three are followed with the same body.
 */
#include "workers/webhook/webhook.h"

#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include "base/clock.h"
#include "base/trace.h"
#include "base/trust.h"
#include "queues/webhook_secret.h"
#include "workers/webhook/pusher.h"
#include "workers/webhook/reach.h"

#define CONNECT_MS 5000
#define ANSWER_MS 15000
#define RECEIVED_MOST (1 << 20)
#define SPARE_MOST 64
#define ENDPOINTS (SENDER_MOST + PUSHED_MOST) /* as many as there can be deliveries */

struct endpoint {
	struct uuid id;
	int busy;
	struct delivery *first, **last; /* that wait for their turn */
};

struct courier {
	CURLM *multi;
	int count;
	struct endpoint endpoints[ENDPOINTS];
	struct delivery *ended, **ended_last;
	CURL *spare[SPARE_MOST];
	int spare_count;
};

/* --- where a request may lead ----------------------------------------------------------- */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct delivery *d = arg;

	if (purpose != CURLSOCKTYPE_IPCXN || !reach_permits(&address->addr)) {
		d->refused = true;
		return CURL_SOCKET_BAD;
	}
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static bool is_listed(const char *ip)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1)
		return reach_is_listed((struct sockaddr *)&v4);
	return inet_pton(AF_INET6, ip, &v6.sin6_addr) == 1 && reach_is_listed((struct sockaddr *)&v6);
}

static int before_request(void *arg, char *ip, char *own_ip, int port, int own_port)
{
	const struct delivery *d = arg;
	char *scheme = NULL;

	(void)own_ip;
	(void)port;
	(void)own_port;
	curl_easy_getinfo(d->easy, CURLINFO_SCHEME, &scheme);
	return (scheme && !strcasecmp(scheme, "https")) || is_listed(ip) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

/* --- what is sent ------------------------------------------------------------------------ */
static void add_header(struct delivery *d, const char *header)
{
	d->headers = curl_slist_append(d->headers, header);
}

static void sign(struct delivery *d)
{
	char secret[WEBHOOK_SECRET_BYTES], first[WEBHOOK_SIGNATURE_BYTES], second[WEBHOOK_SIGNATURE_BYTES] = "";
	int64_t now_s = clock_unix_ms() / 1000;

	webhook_secret_write(&d->webhook_id, d->generation, secret);
	webhook_sign(secret, now_s, d->body, first);
	if (d->previous_generation) {
		webhook_secret_write(&d->webhook_id, d->previous_generation, secret);
		webhook_sign(secret, now_s, d->body, second);
	}
	explicit_bzero(secret, sizeof secret);
	add_header(d, arena_printf(d->arena, "Guichet-Signature: t=%lld,v1=%s%s%s", (long long)now_s, first,
	                      *second ? ",v1=" : "", second));
}

/* False: it cannot be sent. */
static bool write_headers(struct delivery *d)
{
	if (d->push)
		return push_write(d);
	d->span = span_begin(
	        d->arena, d->traceparent, SPAN_CLIENT, "webhook %.*s", (int)d->event_type.len, d->event_type.data);
	d->traceparent = span_context(d->span, d->traceparent);
	add_header(d, "Content-Type: application/json");
	add_header(d, "Expect:");
	add_header(d, arena_printf(d->arena, "Guichet-Delivery: %s", uuid_text(d->arena, &d->id).data));
	add_header(d, arena_printf(d->arena, "Guichet-Event: %.*s", (int)d->event_type.len, d->event_type.data));
	if (d->traceparent.len)
		add_header(
		        d, arena_printf(d->arena, "traceparent: %.*s", (int)d->traceparent.len, d->traceparent.data));
	sign(d);
	return true;
}

/* --- what is answered -------------------------------------------------------------------- */
static size_t take_body(char *data, size_t size, size_t count, void *arg)
{
	struct delivery *d = arg;
	size_t len = size * count, room = sizeof d->answer - d->answer_len;

	memcpy(d->answer + d->answer_len, data, len < room ? len : room);
	d->answer_len += len < room ? len : room;
	d->received += len;
	return d->received <= RECEIVED_MOST ? len : 0;
}

static bool is_secret(struct text line)
{
	static const char *const names[] = { "set-cookie:", "authorization:", "www-authenticate:", "proxy-" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (line.len >= strlen(names[i]) && !strncasecmp(line.data, names[i], strlen(names[i])))
			return true;
	return false;
}

/* Of several answers, those before a redirect, the last counts. */
static size_t take_header(char *data, size_t size, size_t count, void *arg)
{
	struct text line = { data, size * count };
	struct delivery *d = arg;

	if (text_starts_with(line, TEXT("HTTP/")))
		d->head_len = d->answer_len = 0;
	if (line.len > 2 && line.len <= sizeof d->head - d->head_len && !is_secret(line)) {
		memcpy(d->head + d->head_len, line.data, line.len);
		d->head_len += line.len;
	}
	return line.len;
}

/* --- its way ----------------------------------------------------------------------------- */
static void set_options(struct delivery *d)
{
	CURL *easy = d->easy;

	curl_easy_setopt(easy, CURLOPT_URL, d->url.data);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, d);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 3L);
	curl_easy_setopt(easy, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)ANSWER_MS);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, d);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, d);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, d);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, d);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "Guichet-Webhook/1");
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, d->headers);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)d->body.len);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, d->body.data);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*trust_file())
		curl_easy_setopt(easy, CURLOPT_CAINFO, trust_file());
}

static CURL *handle(struct courier *courier)
{
	CURL *easy = courier->spare_count ? courier->spare[--courier->spare_count] : curl_easy_init();

	if (!easy)
		abort();
	return easy;
}

static void end(struct courier *courier, struct delivery *d, CURLcode code);

static void begin(struct courier *courier, struct delivery *d)
{
	d->endpoint->busy++;
	d->easy = handle(courier);
	d->begun_ms = clock_mono_ms();
	if (!write_headers(d)) {
		end(courier, d, CURLE_BAD_FUNCTION_ARGUMENT);
		return;
	}
	set_options(d);
	if (curl_multi_add_handle(courier->multi, d->easy) != CURLM_OK)
		abort();
}

static void begin_next(struct courier *courier, struct endpoint *endpoint)
{
	struct delivery *d = endpoint->first;

	if (!d || endpoint->busy >= ENDPOINT_MOST)
		return;
	endpoint->first = d->next;
	if (!endpoint->first)
		endpoint->last = &endpoint->first;
	d->next = NULL;
	begin(courier, d);
}

/* There are as many places as deliveries, so one is free. */
static struct endpoint *endpoint_of(struct courier *courier, struct uuid id)
{
	struct endpoint *free_one = NULL;

	for (int i = 0; i < ENDPOINTS; i++) {
		struct endpoint *e = &courier->endpoints[i];
		bool used = e->busy || e->first;

		if (used && uuid_equal(&e->id, &id))
			return e;
		if (!used && !free_one)
			free_one = e;
		if (free_one && uuid_is_none(&e->id))
			break; /* nothing behind it was ever used */
	}
	*free_one = (struct endpoint){ .id = id };
	free_one->last = &free_one->first;
	return free_one;
}

void courier_take(struct courier *courier, struct delivery *d)
{
	courier->count++;
	d->endpoint = endpoint_of(courier, d->webhook_id);
	*d->endpoint->last = d;
	d->endpoint->last = &d->next;
	begin_next(courier, d->endpoint);
}

static void end(struct courier *courier, struct delivery *d, CURLcode code)
{
	d->code = code;
	d->took_ms = clock_mono_ms() - d->begun_ms;
	curl_easy_getinfo(d->easy, CURLINFO_RESPONSE_CODE, &d->status);
	curl_multi_remove_handle(courier->multi, d->easy); /* nothing, when it was never added */
	curl_easy_reset(d->easy);
	if (courier->spare_count < SPARE_MOST)
		courier->spare[courier->spare_count++] = d->easy;
	else
		curl_easy_cleanup(d->easy);
	d->easy = NULL;
	*courier->ended_last = d;
	courier->ended_last = &d->next;
	d->endpoint->busy--;
	begin_next(courier, d->endpoint);
}

void courier_turn(struct courier *courier, int wait_ms)
{
	int running, left;
	CURLMsg *message;

	curl_multi_perform(courier->multi, &running);
	if (!courier->ended && wait_ms > 0) {
		curl_multi_poll(courier->multi, NULL, 0, wait_ms, NULL);
		curl_multi_perform(courier->multi, &running);
	}
	while ((message = curl_multi_info_read(courier->multi, &left))) {
		CURLcode code = message->data.result;
		char *d = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &d);
		end(courier, (struct delivery *)d, code);
	}
}

void courier_wake(struct courier *courier)
{
	curl_multi_wakeup(courier->multi);
}

struct delivery *courier_finished(struct courier *courier)
{
	struct delivery *d = courier->ended;

	if (!d)
		return NULL;
	courier->ended = d->next;
	if (!courier->ended)
		courier->ended_last = &courier->ended;
	d->next = NULL;
	courier->count--;
	return d;
}

int courier_count(const struct courier *courier)
{
	return courier->count;
}

struct delivery *delivery_new(size_t texts_bytes)
{
	struct arena *arena = arena_new(sizeof(struct delivery) + texts_bytes);
	struct delivery *d = ARENA_NEW(arena, struct delivery);

	d->arena = arena;
	return d;
}

void delivery_free(struct delivery *d)
{
	struct arena *arena = d->arena;

	curl_slist_free_all(d->headers);
	arena_free(&arena);
}

struct courier *courier_new(void)
{
	struct courier *courier = calloc(1, sizeof *courier);

	if (!courier || !(courier->multi = curl_multi_init()))
		abort();
	courier->ended_last = &courier->ended;
	return courier;
}
