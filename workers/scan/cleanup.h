/* cleanup.h - removes for good what nobody needs any more: files that were never attached, deleted ones past their
 * retention, what lay in quarantine as long, and objects that wait for a row that never came.
 *
 * Which these are says files_expire (sql/functions), for this worker, guichetctl and administrators alike; here the
 * bytes go. One worker at a time decides, any of them removes.
 */
#ifndef WORKERS_SCAN_CLEANUP_H
#define WORKERS_SCAN_CLEANUP_H

#include "workers/scan/scan.h"
#include "workers/ticker.h"

struct cleanup;

extern struct setting cleanup_settings[];

struct cleanup *cleanup_new(void);
void cleanup_free(struct cleanup **cleanup);

/* Does what is due of it. False: the database failed. */
bool cleanup_work(struct cleanup *cleanup, struct ticker *t, const struct scan *scan);

#endif
