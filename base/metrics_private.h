/* metrics_private.h - what the files of metrics.h share. */
#ifndef BASE_METRICS_PRIVATE_H
#define BASE_METRICS_PRIVATE_H

#include <stdbool.h>
#include "base/metrics.h"

struct metric_bound {
	int64_t most; /* microseconds, or a number; 0: there is no such bucket */
	const char *text;
};

/* METRIC_BUCKETS of them. */
const struct metric_bound *metric_bounds(enum metric_kind kind);

/* Of one bucket: an observation and where it can be looked at. */
struct exemplar {
	_Atomic bool held; /* by who reads or writes it; a writer that finds it held goes on without */
	_Atomic int64_t at_us;
	int64_t value;
	char trace_id[33];
};

/* All that are registered, in a list of no order. */
const struct metric *metrics_registered(void);

void metrics_write_head(
        struct buffer *out, enum metrics_form form, const char *name, const char *help, enum metric_kind kind);
/* Microseconds as seconds, without an end of line. */
void metrics_write_seconds(struct buffer *out, int64_t us);
/* process_* and guichet_build_info. */
void metrics_write_process(struct buffer *out, enum metrics_form form);

#endif
