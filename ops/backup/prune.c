/* prune.c - takes out of a backup what the dump does not name: objects that came after the snapshot, or have moved
 * since. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "ops/backup/walk.h"
#include "sql/db.h"

#define BATCH 200

struct pruning {
	struct work *work;
	struct db *db;
	const char *snapshot;
	json_t *batch;
};

/* What waits for a command on its way is kept: the command may be applied after a restore. */
static void prune_batch(struct pruning *p)
{
	char *list = json_dumps(p->batch, JSON_COMPACT);
	struct arena *names = arena_new(4096);
	struct db_result *r;

	db_begin(p->db);
	database_see(p->db, names, p->snapshot);
	r = db_send(p->db, QUERY_ctl_store_unnamed, P_TEXT(text_of(list)));
	if (!db_commit(p->db))
		work_fail(p->work, "the list of files cannot be compared: %s", db_message(p->db));
	for (int i = 0; !p->work->why && i < db_rows(r); i++)
		if (!db_bool(r, i, 2))
			unlink(arena_printf(names, "%s/" BACKUP_OBJECTS "/%s/%s", p->work->folder,
			        text_dup(names, db_text(r, i, 0)), text_dup(names, db_text(r, i, 1))));
	free(list);
	arena_free(&names);
	json_array_clear(p->batch);
}

static bool add(void *context, const char *path, const char *bucket, const char *key, int64_t size)
{
	struct pruning *p = context;

	(void)path;
	(void)size;
	json_array_append_new(p->batch, json_pack("{s:s, s:s}", "bucket", bucket, "key", key));
	if (json_array_size(p->batch) == BATCH)
		prune_batch(p);
	return !p->work->why;
}

bool objects_prune(struct work *work, const char *snapshot)
{
	struct pruning p = { .work = work, .db = db_open(work->database), .snapshot = snapshot, .batch = json_array() };

	if (walk_objects(work, add, &p) && json_array_size(p.batch))
		prune_batch(&p);
	json_decref(p.batch);
	db_close(&p.db);
	return !work->why;
}
