/* trace.c - spans and the ring they wait in: see trace.h. Who sends them: trace_export.c. */
#include "base/trace.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/metrics.h"
#include "base/trace_private.h"
#include "base/uuid.h"

static const char *otlp_url = "";
static int64_t percent;

struct setting trace_settings[] = {
	{ "OTLP_URL", SETTING_URL, &otlp_url, "", .schemes = "http https",
	        .help = "where spans go: http[s]://host:4318/v1/traces of an OpenTelemetry collector; empty: nowhere" },
	{ "TRACE_PERCENT", SETTING_INT, &percent, "100", .min = 0, .max = 100,
	        .help = "of the traces that begin here, how many are kept; who sends a traceparent decides for it" },
	{ NULL },
};

static struct metric sent = { .name = "guichet_spans_sent_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Spans that the collector has taken" };
static struct metric dropped = { .name = "guichet_spans_dropped_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Spans that found no place in the ring, or that the collector did not take" };

static struct {
	pthread_mutex_t lock;
	struct span *places; /* NULL: nobody keeps spans */
	int first, count;
} ring = { .lock = PTHREAD_MUTEX_INITIALIZER };

void trace_start(void)
{
	if (!*otlp_url)
		return;
	ring.places = calloc(TRACE_RING, sizeof *ring.places);
	if (!ring.places)
		abort();
	metric_add(&sent, 0);
	metric_add(&dropped, 0);
	trace_export_start(otlp_url);
}

/* --- W3C Trace Context ----------------------------------------------------------------- */
static bool is_hex_run(struct text t, size_t from, size_t len)
{
	bool all_zero = true;

	for (size_t i = from; i < from + len; i++) {
		char c = t.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
		all_zero = all_zero && c == '0';
	}
	return !all_zero || len == 2;
}

bool traceparent_is_valid(struct text t)
{
	return t.len == 55 && t.data[0] == '0' && t.data[1] == '0' && t.data[2] == '-' && t.data[35] == '-' &&
	       t.data[52] == '-' && is_hex_run(t, 3, 32) && is_hex_run(t, 36, 16) && is_hex_run(t, 53, 2);
}

struct text traceparent_trace_id(struct text t)
{
	return traceparent_is_valid(t) ? (struct text){ t.data + 3, 32 } : TEXT_NONE;
}

/* Drawn with the ids, so that it costs nothing. */
static bool is_chosen(const struct uuid *drawn)
{
	return (drawn->bytes[14] * 256 + drawn->bytes[15]) * 100 < percent * 65536;
}

struct text traceparent_fresh(struct arena *arena)
{
	struct uuid trace = uuid_new(), span = uuid_new();
	char trace_hex[33], span_hex[17];

	text_hex(trace.bytes, 16, trace_hex);
	text_hex(span.bytes + 8, 8, span_hex);
	return text_of(arena_printf(arena, "00-%s-%s-%s", trace_hex, span_hex, is_chosen(&trace) ? "01" : "00"));
}

/* --- spans ------------------------------------------------------------------------------- */
/* The last digit of the flags is odd: somebody keeps it. */
static bool is_kept(struct text traceparent)
{
	return ring.places && traceparent_is_valid(traceparent) && strchr("13579bdf", traceparent.data[54]);
}

static struct span *make(struct arena *arena, struct text traceparent, enum span_kind kind, int64_t begun_us)
{
	struct span *span = arena_alloc(arena, sizeof *span);

	memcpy(span->context, traceparent.data, 55);
	span->context[55] = 0;
	span->kind = kind;
	span->begun_us = begun_us ? begun_us : clock_unix_us();
	return span;
}

static struct span *make_below(struct arena *arena, struct text traceparent, enum span_kind kind, int64_t begun_us)
{
	struct span *span = make(arena, traceparent, kind, begun_us);
	struct uuid id = uuid_new();
	char hex[17];

	memcpy(span->parent, traceparent.data + 36, 16);
	text_hex(id.bytes + 8, 8, hex);
	memcpy(span->context + 36, hex, 16);
	return span;
}

struct span *span_begin_at(
        struct arena *arena, struct text traceparent, enum span_kind kind, int64_t begun_us, const char *name, ...)
{
	struct span *span;
	va_list args;

	if (!is_kept(traceparent))
		return NULL;
	span = make_below(arena, traceparent, kind, begun_us);
	va_start(args, name);
	vsnprintf(span->name, sizeof span->name, name, args);
	va_end(args);
	return span;
}

struct span *span_begin(struct arena *arena, struct text traceparent, enum span_kind kind, const char *name, ...)
{
	struct span *span;
	va_list args;

	if (!is_kept(traceparent))
		return NULL;
	span = make_below(arena, traceparent, kind, 0);
	va_start(args, name);
	vsnprintf(span->name, sizeof span->name, name, args);
	va_end(args);
	return span;
}

struct span *span_begin_first(struct arena *arena, struct text traceparent, enum span_kind kind, int64_t begun_us)
{
	return is_kept(traceparent) ? make(arena, traceparent, kind, begun_us) : NULL;
}

void span_name(struct span *span, const char *name, ...)
{
	va_list args;

	if (!span)
		return;
	va_start(args, name);
	vsnprintf(span->name, sizeof span->name, name, args);
	va_end(args);
}

struct text span_context(const struct span *span, struct text otherwise)
{
	return span ? (struct text){ span->context, 55 } : otherwise;
}

static struct span_note *next_note(struct span *span, const char *key)
{
	struct span_note *note = span && span->note_count < SPAN_NOTES ? &span->notes[span->note_count++] : NULL;

	if (note)
		note->key = key;
	return note;
}

void span_note(struct span *span, const char *key, struct text value)
{
	struct span_note *note = next_note(span, key);
	size_t len = value.len < SPAN_TEXT ? value.len : SPAN_TEXT - 1;

	if (!note)
		return;
	while (len && len < value.len && ((unsigned char)value.data[len] & 0xc0) == 0x80)
		len--; /* not in the middle of a character */
	snprintf(note->value, sizeof note->value, "%.*s", (int)len, len ? value.data : "");
}

void span_note_int(struct span *span, const char *key, int64_t value)
{
	struct span_note *note = next_note(span, key);

	if (!note)
		return;
	snprintf(note->value, sizeof note->value, "%lld", (long long)value);
	note->is_number = true;
}

/* --- the ring ------------------------------------------------------------------------------ */
void span_end(struct span *span, bool failed)
{
	bool kept;

	if (!span || span->ended_us)
		return;
	span->ended_us = clock_unix_us();
	span->failed = failed;
	pthread_mutex_lock(&ring.lock);
	kept = ring.count < TRACE_RING;
	if (kept)
		ring.places[(ring.first + ring.count++) % TRACE_RING] = *span;
	pthread_mutex_unlock(&ring.lock);
	if (!kept)
		trace_count_dropped(1);
}

int trace_take(struct span *out, int most)
{
	int taken = 0;

	pthread_mutex_lock(&ring.lock);
	for (; taken < most && ring.count; taken++) {
		out[taken] = ring.places[ring.first];
		ring.first = (ring.first + 1) % TRACE_RING;
		ring.count--;
	}
	pthread_mutex_unlock(&ring.lock);
	return taken;
}

int trace_waiting(void)
{
	int count;

	pthread_mutex_lock(&ring.lock);
	count = ring.count;
	pthread_mutex_unlock(&ring.lock);
	return count;
}

void trace_count_sent(int count)
{
	metric_add(&sent, count);
}

void trace_count_dropped(int count)
{
	metric_add(&dropped, count);
}
