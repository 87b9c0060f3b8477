/* disk.h - what may have to wait for a disk or for the store's server, on a crew of its own. */
#ifndef INGRESS_FILE_DISK_H
#define INGRESS_FILE_DISK_H

#include "base/settings.h"
#include "base/store.h"
#include "ingress/http/crew.h"

extern struct setting disk_settings[]; /* DISK_THREADS */

/* Opens the store, before the loops run; the threads, behind them, live as long as they. */
void disk_open(void);
void disk_start(void);
struct store *disk_store(void);
/* crew_run() of that crew. */
bool disk_run(struct call *call, struct crew_job *job);

#endif
