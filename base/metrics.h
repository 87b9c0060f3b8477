/* metrics.h - what a program counts and measures, for Prometheus.
 *
 * A metric is a static object that registers itself with the first use; labels
 * are part of the object ("{queue=\"cmd.ticket.0\"}"). Where they are known only when the program runs, metric_made()
 * makes the object once and keeps it in a cell of the caller, who has a bounded number of cells: there is no label
 * lookup at run time. Updates are relaxed atomics: any thread, no lock.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include "base/text.h"

enum metric_kind {
	METRIC_COUNTER, /* its name ends with _total */
	METRIC_GAUGE,
	METRIC_UNTYPED,   /* counts, under an older name that does not say so */
	METRIC_SECONDS,   /* a gauge that is set in microseconds and shown in seconds */
	METRIC_AGE,       /* a gauge that is set to a moment, microseconds since 1970, and shown as seconds since then;
	                     0: nothing is old */
	METRIC_HISTOGRAM, /* of seconds */
	METRIC_SIZES,     /* a histogram of numbers */
	METRIC_SUMMARY,   /* of seconds: quantiles of the last minutes */
};

#define METRIC_BUCKETS 14 /* seconds: 0.0005 0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 10 */

struct exemplar;
struct quantiles;

struct metric {
	const char *name;   /* guichet_..., with the unit: _total _seconds _bytes */
	const char *labels; /* "" or "{a=\"b\"}" */
	const char *help;
	enum metric_kind kind;
	_Atomic int64_t value;                   /* histogram, summary: count */
	_Atomic int64_t sum;                     /* histogram, summary: of microseconds, or of numbers */
	_Atomic int64_t buckets[METRIC_BUCKETS]; /* histogram, not cumulative */
	struct exemplar *_Atomic exemplars;      /* one for each bucket and one above them; NULL: none yet */
	struct quantiles *_Atomic quantiles;     /* of a summary */
	_Atomic int registered;
	struct metric *next;
};

void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t value);
/* Of a histogram or a summary: microseconds, or a number. */
void metric_observe(struct metric *m, int64_t value);
/* The same, and the trace is shown beside the bucket (OpenMetrics' exemplars): the first of each second that falls into
 * it. trace_id: 32 hexadecimal digits, or TEXT_NONE. */
void metric_observe_traced(struct metric *m, int64_t value, struct text trace_id);

/* The metric of the cell; at the first call made like the model, with labels as printf has them. Never freed. */
struct metric *metric_made(struct metric *_Atomic *cell, const struct metric *model, const char *labels, ...)
        __attribute__((format(printf, 3, 4)));

/* Version 0.0.4 of Prometheus' text, or OpenMetrics 1.0 with exemplars. */
enum metrics_form { METRICS_TEXT, METRICS_OPEN };

/* All registered metrics, with those of the process and guichet_build_info. HELP and TYPE once a name. */
void metrics_render(struct buffer *out, enum metrics_form form);

/* What the value of the header Accept asks for: the form that is wanted more; TEXT where both are as good. */
enum metrics_form metrics_form_wanted(struct text accept);
const char *metrics_content_type(enum metrics_form form);

#endif
