/* metrics.h - counters, gauges and histograms in Prometheus text format 0.0.4.
 *
 * A metric is a static object that registers itself with the first use; labels
 * are part of the object ("{queue=\"cmd.ticket.0\"}"), there is no label lookup
 * at run time. Updates are relaxed atomics: any thread, no lock.
 */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

#include <stdatomic.h>
#include <stdint.h>
#include "base/text.h"

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

#define METRIC_BUCKETS 14 /* seconds: 0.0005 0.001 0.002 0.005 0.01 0.02 0.05 0.1 0.2 0.5 1 2 5 10 */

struct metric {
	const char *name;   /* guichet_..., with the unit: _total _seconds _bytes */
	const char *labels; /* "" or "{a=\"b\"}" */
	const char *help;
	enum metric_kind kind;
	_Atomic int64_t value;                   /* counter, gauge; histogram: count */
	_Atomic int64_t sum_us;                  /* histogram */
	_Atomic int64_t buckets[METRIC_BUCKETS]; /* histogram, not cumulative */
	_Atomic int registered;
	struct metric *next;
};

void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t value);
void metric_observe_us(struct metric *m, int64_t us);

/* All registered metrics, with process_resident_memory_bytes, process_open_fds,
 * process_cpu_seconds_total and process_start_time_seconds. HELP and TYPE once a name. */
void metrics_render(struct buffer *out);

#endif
