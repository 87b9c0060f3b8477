/* trace.h - where the time of a request goes: spans, as OpenTelemetry has them.
 *
 *   struct span *span = span_begin(arena, call->traceparent, SPAN_SERVER, "POST /tickets");
 *   message.traceparent = span_context(span, call->traceparent);      whoever reads that is below us
 *   ...
 *   span_note(span, "http.route", TEXT("/tickets"));
 *   span_end(span, status >= 500);
 *
 * Who begins a trace decides with its flag (W3C Trace Context) whether anybody keeps spans of it: all that it leads to
 * do the same, in every program. Without OTLP_URL, and in a trace that is not kept, a span is NULL, which all
 * functions take: that costs a branch and no memory.
 *
 * A span that has ended is copied into a ring of TRACE_RING places and sent from there by a thread of its own, as OTLP
 * in JSON over HTTP, every second or when there are many. Nobody waits for the collector: what finds the ring full, and
 * what the collector does not take, is forgotten and counted (guichet_spans_dropped_total).
 */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/settings.h"
#include "base/text.h"

#define TRACE_RING 4096

struct span;

/* OTLP_URL, TRACE_PERCENT. */
extern struct setting trace_settings[];

/* Once, when the settings are read: begins the thread, if there is anywhere to send to. */
void trace_start(void);

/* Numbers of OTLP. */
enum span_kind { SPAN_INTERNAL = 1, SPAN_SERVER, SPAN_CLIENT, SPAN_PRODUCER, SPAN_CONSUMER };

/* "00-<32 hex>-<16 hex>-<2 hex>", version 00, ids not all zero (W3C Trace Context section 3.2). */
bool traceparent_is_valid(struct text t);
/* The 32 digits of a valid one. */
struct text traceparent_trace_id(struct text t);
/* Of a trace that begins here; of those TRACE_PERCENT are kept. */
struct text traceparent_fresh(struct arena *arena);

/* Below that place; from now on, or from a moment in microseconds since 1970. The name is printf's, and cut at 63
 * bytes. It lives in the arena until it has ended. */
struct span *span_begin(struct arena *arena, struct text traceparent, enum span_kind kind, const char *name, ...)
        __attribute__((format(printf, 4, 5)));
struct span *span_begin_at(struct arena *arena, struct text traceparent, enum span_kind kind, int64_t begun_us,
        const char *name, ...) __attribute__((format(printf, 5, 6)));
/* The same, of a trace that has begun here: the span is the one that the fresh traceparent names. */
struct span *span_begin_first(struct arena *arena, struct text traceparent, enum span_kind kind, int64_t begun_us);
/* As the first, before it is known what to call it by. */
void span_name(struct span *span, const char *name, ...) __attribute__((format(printf, 2, 3)));

/* What is below it says so with this; otherwise what was there before: it is on the same way. */
struct text span_context(const struct span *span, struct text otherwise);

/* At most SPAN_NOTES of them; the key is a literal, the value is cut at 63 bytes. */
#define SPAN_NOTES 4
void span_note(struct span *span, const char *key, struct text value);
void span_note_int(struct span *span, const char *key, int64_t value);

/* Ends it, once. */
void span_end(struct span *span, bool failed);

#endif
