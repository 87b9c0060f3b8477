/* backup.h - a backup as guichetctl takes it, also before a migration. */
#ifndef OPS_GUICHETCTL_BACKUP_H
#define OPS_GUICHETCTL_BACKUP_H

#include "ops/guichetctl/ctl.h"

/* The settings of the database, the store, the vhost and of backups must have been read. to NULL: a new folder in
 * BACKUPS. False after having said why: there is none, or the store lacks files. */
bool backup_take(struct ctl *ctl, const char *to);

#endif
