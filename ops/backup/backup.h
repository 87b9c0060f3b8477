/* backup.h - all that must be kept, in one folder: the database, the files of the store, and what the broker holds
 * besides messages.
 *
 *   FOLDER/database.dump    pg_dump -Fc, of one snapshot
 *   FOLDER/objects/BUCKET/KEY
 *   FOLDER/objects.tsv      bucket, key, size and SHA-256 of each object
 *   FOLDER/topology.json    exchanges, queues, users without passwords
 *   FOLDER/manifest.json    versions, counts, and size and SHA-256 of the three files; written last
 *
 * A folder without a manifest is no backup. Keys and passwords are not inside. It is taken while everything runs:
 * objects are copied before the snapshot and once more after it, so that what the dump names is there, whatever was
 * removed or moved meanwhile. Objects never change, so that they are linked where store and backup share a disk.
 *
 * Nothing here prints or ends the process, but for store_open with a STORE_URL that makes no sense. progress may be
 * NULL.
 */
#ifndef OPS_BACKUP_BACKUP_H
#define OPS_BACKUP_BACKUP_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/settings.h"
#include "base/uuid.h"

/* The rows for BACKUPS and BACKUPS_KEEP. */
extern struct setting backup_settings[];
const char *backup_home(void); /* BACKUPS; "": not set */

typedef void backup_progress_fn(void *context, const char *line);

struct backup_wishes {
	const char *to;       /* a folder that is not there, or empty; NULL: a new one in backup_home() */
	const char *database; /* the URL of the owner */
	const char *vhost;
	struct uuid id; /* of what was asked for (backup_wanted); none: of nothing */
	backup_progress_fn *progress;
	void *context;
};

struct backup_result {
	bool is_done;
	const char *folder;
	int64_t bytes, objects;
	int64_t missing; /* files that the database names and the store does not have */
	const char *why; /* it failed, or what is missing; "" when all is well */
};

/* In the arena. What was begun and failed is left for who looks at it; a later one in backup_home() removes it after a
 * day. Of those in backup_home() the last BACKUPS_KEEP stay. */
struct backup_result backup_run(struct arena *arena, const struct backup_wishes *wishes);

/* The one that was asked for, for backup_run; NULL: there is none, or another program takes them. The connection holds
 * the lock of who does until the caller closes it. */
struct db;
struct db *backup_wanted(const char *database, struct uuid *out_id);

struct restore_wishes {
	const char *from;
	const char *database;
	bool replace; /* what is in the database is dropped */
	backup_progress_fn *progress;
	void *context;
};

struct restore_result {
	bool is_done;
	int64_t objects, bytes;
	const char *why;
	const char *counted; /* tables whose rows are not as many as in the dump; "": all agree */
};

/* Checks everything first, then fills an empty database (in one transaction) and store, migrates, and rebases the
 * outbox. The roles must be there, and no program connected. */
struct restore_result restore_run(struct arena *arena, const struct restore_wishes *wishes);

#endif
