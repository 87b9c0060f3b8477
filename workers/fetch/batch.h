/* batch.h - some messages of a folder: taken, then marked. */
#ifndef WORKERS_FETCH_BATCH_H
#define WORKERS_FETCH_BATCH_H

#include "workers/fetch/poll.h"

/* All of the list, in batches. True: each of them is in the ledger, gone, or noted as a trouble. False: the poll has
 * failed, or the database; what was done until then is done. */
bool batch_take_all(struct ticker *t, const struct uid_list *list);

#endif
