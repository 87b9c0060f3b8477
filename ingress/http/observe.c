/* observe.c - see observe.h. */
#include "ingress/http/observe.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/metrics.h"
#include "base/quantiles.h"
#include "base/trace.h"
#include "queues/envelope.h"

/* A place for each row, behind those of what fits no row, one for each verb and one for all that are none of ours. */
#define ROUTE(...) +1
enum {
	ROUTES = 0
#include "queues/all.def"
	,
	FIRST_ACTION = VERB_COUNT + 1,
	FIRST_READ = FIRST_ACTION + ACTION_COUNT,
	FIRST_ROUTE = FIRST_READ + READ_COUNT,
	PLACES = FIRST_ROUTE + ROUTES
};

#define CLASSES 5 /* 1xx to 5xx */

static const struct metric requests = { .name = "guichet_http_requests_total",
	.kind = METRIC_COUNTER,
	.help = "HTTP requests that were answered, by route and class of status" };
static const struct metric durations = { .name = "guichet_http_request_duration_seconds",
	.kind = METRIC_HISTOGRAM,
	.help = "From a request's arrival to the beginning of its answer, by route" };
/* What dashboards and alerts of older installations ask for. */
static struct metric lately = { .name = "http_request_duration_seconds",
	.labels = "",
	.kind = METRIC_SUMMARY,
	.help = "From a request's arrival to the beginning of its answer, in the last five minutes" };

static struct {
	struct metric *_Atomic requests[CLASSES];
	struct metric *_Atomic durations;
} places[PLACES];

void observe_route(struct call *call, const struct action *action, const struct read *read, const struct route *route)
{
	if (action && action->does.flags & PROBE)
		call->span = NULL; /* somebody looks every few seconds: that is no journey */
	if (action) {
		call->place = FIRST_ACTION + (int)action->id;
		call->pattern = action->path;
	} else if (read) {
		call->place = FIRST_READ + (int)read->id;
		call->pattern = read->path;
	} else if (route) {
		call->place = FIRST_ROUTE + (int)(route - routes);
		call->pattern = route->path;
	}
}

static void count(int place, const char *pattern, enum verb verb, int status)
{
	int class = status / 100 - 1;
	const char *method = verb < VERB_COUNT ? verb_words[verb] : "other";

	if (class < 0 || class >= CLASSES)
		return;
	metric_add(metric_made(&places[place].requests[class], &requests,
	                   "{route=\"%s\",method=\"%s\",status=\"%dxx\"}", pattern, method, class + 1),
	        1);
}

void observe_answer(const struct call *call, int status, int64_t us)
{
	const char *pattern = call->pattern ? call->pattern : "none";
	int place = call->pattern ? call->place : (int)call->verb;

	count(place, pattern, call->verb, status);
	metric_observe(&lately, us);
	metric_observe_traced(metric_made(&places[place].durations, &durations, "{route=\"%s\",method=\"%s\"}", pattern,
	                              call->verb < VERB_COUNT ? verb_words[call->verb] : "other"),
	        us, traceparent_trace_id(call->traceparent));
	span_name(call->span, "%s %s", call->verb < VERB_COUNT ? verb_words[call->verb] : "other", pattern);
	span_note(call->span, "http.route", text_of(pattern));
	span_note_int(call->span, "http.response.status_code", status);
	span_note(call->span, "guichet.request.id", call->request_id);
	span_end(call->span, status >= 500);
}

void observe_refusal(int status)
{
	count(VERB_COUNT, "none", VERB_COUNT, status);
}

/* --- for operators ------------------------------------------------------------------------ */
#define SLOWEST 20

static int by_sum(const void *a, const void *b)
{
	int64_t left = (*(struct metric *const *)a)->sum, right = (*(struct metric *const *)b)->sum;

	return (left < right) - (left > right);
}

/* labels: {route="...",method="..."} */
static struct text label(const struct metric *m, const char *name)
{
	const char *at = strstr(m->labels, name);

	if (!at)
		return TEXT("");
	at += strlen(name);
	return (struct text){ at, strcspn(at, "\"") };
}

static void write_routes(struct buffer *out)
{
	struct metric *all[PLACES];
	int count = 0;

	for (int i = 0; i < PLACES; i++)
		if (places[i].durations && places[i].durations->value)
			all[count++] = places[i].durations;
	qsort(all, (size_t)count, sizeof all[0], by_sum);
	buffer_string(out, "[");
	for (int i = 0; i < count && i < SLOWEST; i++) {
		int64_t calls = all[i]->value, sum = all[i]->sum;

		buffer_string(out, i ? ",{" : "{");
		buffer_json_member(out, "route", label(all[i], "route=\""));
		buffer_json_member(out, "method", label(all[i], "method=\""));
		buffer_json_member_int(out, "calls", calls);
		buffer_json_member_int(out, "totalMs", sum / 1000);
		buffer_printf(out, ",\"meanMs\":%.3f}", (double)sum / 1000 / (double)calls);
	}
	buffer_string(out, "]");
}

static int64_t failed_ever(void)
{
	int64_t failed = 0;

	for (int i = 0; i < PLACES; i++)
		if (places[i].requests[CLASSES - 1])
			failed += places[i].requests[CLASSES - 1]->value;
	return failed;
}

void observe_render(struct buffer *out)
{
	static int64_t last_ms, last_count, last_failed;
	int64_t now_ms = clock_mono_ms(), count = lately.value, failed = failed_ever();
	double seconds = last_ms && now_ms > last_ms ? (double)(now_ms - last_ms) / 1000 : 1;

	buffer_string(out, "{");
	buffer_json_member_int(out, "count", count);
	buffer_json_member_int(out, "failed", failed);
	buffer_printf(out, ",\"perSecond\":%.2f,\"failedPerSecond\":%.2f",
	        last_ms ? (double)(count - last_count) / seconds : 0,
	        last_ms ? (double)(failed - last_failed) / seconds : 0);
	for (int i = 0; i < 3 && lately.quantiles; i++) {
		static const int per_cent[] = { 50, 95, 99 };

		buffer_printf(out, ",\"p%dMs\":%.3f", per_cent[i],
		        (double)quantiles_at(lately.quantiles, per_cent[i]) / 1000);
	}
	buffer_json_name(out, "routes");
	write_routes(out);
	buffer_string(out, "}");
	last_ms = now_ms;
	last_count = count;
	last_failed = failed;
}
