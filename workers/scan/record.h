/* record.h - what came of a batch of contents: moved, written, told, in one transaction. */
#ifndef WORKERS_SCAN_RECORD_H
#define WORKERS_SCAN_RECORD_H

#include "workers/scan/scan.h"
#include "workers/ticker.h"

/* False: the database failed; all of it will be claimed again, by whoever comes first. */
bool record(struct ticker *t, const struct scan *scan, struct content *contents, int count);

#endif
