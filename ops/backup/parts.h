/* parts.h - what the files of ops/backup share. */
#ifndef OPS_BACKUP_PARTS_H
#define OPS_BACKUP_PARTS_H

#include <jansson.h>
#include "base/store.h"
#include "ops/backup/backup.h"

#define BACKUP_DUMP "database.dump"
#define BACKUP_OBJECTS "objects"
#define BACKUP_LIST "objects.tsv"
#define BACKUP_TOPOLOGY "topology.json"
#define BACKUP_MANIFEST "manifest.json"
#define BACKUP_FORMAT 1

/* One backup or restore under way. Whoever fails first says why. */
struct work {
	struct arena *arena;
	const char *folder, *database;
	backup_progress_fn *progress;
	void *context;
	const char *why; /* NULL: nothing has failed */
	int64_t objects, bytes, missing;
	const char *missing_first; /* bucket/key of the first that is missing */
};

/* Always false. The first reason stays. */
bool work_fail(struct work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));
void work_tell(struct work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* FOLDER/name, in the arena. */
char *work_path(struct work *work, const char *name);

/* --- files.c */
bool file_digest(struct work *work, const char *path, char out[65], int64_t *out_size);
/* The folders above the file path, below FOLDER. */
bool file_make_parents(struct work *work, const char *path);
/* Written beside, fsynced, renamed, its folder fsynced. */
bool file_write(struct work *work, const char *name, const char *bytes, size_t len);
/* path and all in it; a folder that is not there is fine. */
bool file_remove_all(const char *path);
bool file_sync_folder(const char *path);

/* --- child.c */
/* Runs a program of PATH with these words; password becomes PGPASSWORD. Kills it when grows (a file; NULL: any time)
 * has not grown for ten minutes. False: work->why has the end of what it said. */
bool child_run(struct work *work, const char *const *words, const char *password, const char *grows);
/* The number behind the first blank-separated word that begins with a digit of `PROGRAM --version`; 0: there is no such
 * program. */
int child_major(struct work *work, const char *program);

/* --- database.c */
struct db;
/* A connection in a transaction with a snapshot, kept open by the caller; NULL: failed. */
struct db *database_hold_snapshot(struct work *work, const char **out_snapshot, int *out_major);
bool database_dump(struct work *work, const char *snapshot, int server_major);
json_t *database_counts(struct work *work, const char *snapshot); /* snapshot NULL: as it is now */
bool database_restore(struct work *work);
/* The statements that make this connection see that snapshot; behind db_begin. */
bool database_see(struct db *db, struct arena *arena, const char *snapshot);

/* --- objects.c, prune.c */
bool objects_copy(struct work *work, struct store *store);
bool objects_check(struct work *work, const char *snapshot);
/* Removes what the dump does not name. */
bool objects_prune(struct work *work, const char *snapshot);
bool objects_list(struct work *work);
/* Reads all that objects.tsv names and compares; store NULL: only that. */
bool objects_restore(struct work *work, struct store *store);

/* --- owner.c: for root, who owns the folder of a local store, and back. Nobody else notices. */
void owner_become(void);
void owner_leave(void);

/* --- manifest.c */
bool manifest_write(struct work *work, int64_t schema, int server_major, json_t *counts, int64_t began_us);
/* After having compared all digests; the caller's reference, or NULL. */
json_t *manifest_read(struct work *work);

/* --- keep.c */
/* Removes from home all but the last `most` backups, and what was given up a day ago. */
void keep_last(struct work *work, const char *home, int64_t most);

#endif
