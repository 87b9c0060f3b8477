/* trace_export.c - sends spans to a collector: OTLP 1.0 over HTTP, as JSON, by libcurl on a thread of its own.
 *
 * Ids are hexadecimal and times are strings of nanoseconds, as OTLP's JSON has them. A post that fails is not repeated:
 * spans are worth nothing against the memory that a collector which is away would cost.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "base/trace_private.h"
#include "base/trust.h"

#define BATCH 256
#define EVERY_MS 1000
#define LOOK_MS 50
#define POST_MS 2000 /* shorter than what the process has to end in */
#define SAY_MS 60000

struct exporter {
	const char *url;
	CURL *easy;
	struct curl_slist *headers;
	struct arena *arena;
	struct span *spans; /* BATCH of them */
	int64_t said_ms;    /* when the log was last told of a failure */
};

/* --- OTLP in JSON ------------------------------------------------------------------- */
static void write_attribute(struct buffer *out, const char *key, const char *value, bool is_number)
{
	buffer_string(out, "{");
	buffer_json_member(out, "key", text_of(key));
	buffer_json_name(out, "value");
	buffer_string(out, "{");
	buffer_json_member(out, is_number ? "intValue" : "stringValue", text_of(value));
	buffer_string(out, "}}");
}

static void write_nanoseconds(struct buffer *out, const char *name, int64_t us)
{
	buffer_json_name(out, name);
	buffer_printf(out, "\"%" PRId64 "000\"", us);
}

static void write_span(struct buffer *out, const struct span *span)
{
	buffer_string(out, "{");
	buffer_json_member(out, "traceId", (struct text){ span->context + 3, 32 });
	buffer_json_member(out, "spanId", (struct text){ span->context + 36, 16 });
	if (*span->parent)
		buffer_json_member(out, "parentSpanId", text_of(span->parent));
	buffer_json_member(out, "name", text_of(span->name));
	buffer_json_member_int(out, "kind", span->kind);
	write_nanoseconds(out, "startTimeUnixNano", span->begun_us);
	write_nanoseconds(out, "endTimeUnixNano", span->ended_us < span->begun_us ? span->begun_us : span->ended_us);
	buffer_json_name(out, "attributes");
	buffer_string(out, "[");
	for (int i = 0; i < span->note_count; i++) {
		buffer_string(out, i ? "," : "");
		write_attribute(out, span->notes[i].key, span->notes[i].value, span->notes[i].is_number);
	}
	buffer_string(out, "]");
	buffer_json_name(out, "status");
	buffer_string(out, span->failed ? "{\"code\":2}}" : "{}}");
}

static struct text render(struct exporter *e, int count)
{
	struct buffer out;

	arena_reset(e->arena);
	buffer_init(&out, e->arena, 1024 + 512 * (size_t)count);
	buffer_string(&out, "{\"resourceSpans\":[{\"resource\":{\"attributes\":[");
	write_attribute(&out, "service.name", process_name(), false);
	buffer_string(&out, ",");
	write_attribute(&out, "service.version", process_version(), false);
	buffer_string(&out, "]},\"scopeSpans\":[{\"scope\":{\"name\":\"guichet\"},\"spans\":[");
	for (int i = 0; i < count; i++) {
		buffer_string(&out, i ? "," : "");
		write_span(&out, &e->spans[i]);
	}
	buffer_string(&out, "]}]}]}");
	return buffer_view(&out);
}

/* --- sending --------------------------------------------------------------------------- */
static size_t pass_over(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;
	return size * count;
}

static void prepare(struct exporter *e)
{
	e->easy = curl_easy_init();
	if (!e->easy)
		abort();
	e->headers = curl_slist_append(curl_slist_append(NULL, "Content-Type: application/json"), "Expect:");
	curl_easy_setopt(e->easy, CURLOPT_URL, e->url);
	curl_easy_setopt(e->easy, CURLOPT_HTTPHEADER, e->headers);
	curl_easy_setopt(e->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(e->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e->easy, CURLOPT_TIMEOUT_MS, (long)POST_MS);
	curl_easy_setopt(e->easy, CURLOPT_WRITEFUNCTION, pass_over);
	curl_easy_setopt(e->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (*trust_file())
		curl_easy_setopt(e->easy, CURLOPT_CAINFO, trust_file());
}

static void complain(struct exporter *e, CURLcode code, long status)
{
	if (e->said_ms && clock_mono_ms() - e->said_ms < SAY_MS)
		return;
	e->said_ms = clock_mono_ms();
	log_warn("the collector does not take spans: they are dropped",
	        LOG_TEXT("reason", code == CURLE_OK ? "its answer" : curl_easy_strerror(code)),
	        LOG_INT("status", status));
}

static void post(struct exporter *e, int count)
{
	struct text body = render(e, count);
	long status = 0;
	CURLcode code;

	curl_easy_setopt(e->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.len);
	curl_easy_setopt(e->easy, CURLOPT_POSTFIELDS, body.data);
	code = curl_easy_perform(e->easy);
	curl_easy_getinfo(e->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status >= 200 && status < 300) {
		trace_count_sent(count);
		return;
	}
	trace_count_dropped(count);
	complain(e, code, status);
}

static void post_all(struct exporter *e)
{
	int64_t until = clock_mono_ms() + POST_MS;
	int count;

	while (clock_mono_ms() < until && (count = trace_take(e->spans, BATCH)) > 0)
		post(e, count);
}

static void export_spans(void *arg)
{
	struct exporter *e = arg;
	int64_t due_ms = clock_mono_ms() + EVERY_MS;

	prepare(e);
	while (!process_stopping()) {
		process_nap_ms(LOOK_MS);
		if (clock_mono_ms() < due_ms && trace_waiting() < BATCH)
			continue;
		post_all(e);
		due_ms = clock_mono_ms() + EVERY_MS;
	}
	usleep(EVERY_MS / 2 * 1000); /* what the other threads finish now has its spans, too */
	post_all(e);
	curl_slist_free_all(e->headers);
	curl_easy_cleanup(e->easy);
	arena_free(&e->arena);
	free(e->spans);
}

void trace_export_start(const char *url)
{
	static struct exporter exporter;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		abort();
	exporter.url = url;
	exporter.arena = arena_new(256 * 1024);
	exporter.spans = calloc(BATCH, sizeof *exporter.spans);
	if (!exporter.spans)
		abort();
	process_thread("spans", export_spans, &exporter);
}
