/* walk.h - every object that lies in the folder of a backup. */
#ifndef OPS_BACKUP_WALK_H
#define OPS_BACKUP_WALK_H

#include "ops/backup/parts.h"

typedef bool walk_fn(void *context, const char *path, const char *bucket, const char *key, int64_t size);

/* Ends early when the visitor returns false. False: work->why. */
bool walk_objects(struct work *work, walk_fn *visit, void *context);

#endif
