/* cleanup.c - see cleanup.h. */
#include "workers/scan/cleanup.h"

#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "queues/file_place.h"
#include "queues/file_terms.h"
#include "workers/rows.h"

#define BATCH 16
#define LIST_BATCH 256
#define ORPHANS_MS (6 * 3600 * 1000)
#define ORPHAN_S (31 * 24 * 3600) /* a day longer than a command can be repeated */

static int64_t every_ms;

struct setting cleanup_settings[] = {
	{ "FILES_CLEANUP_EVERY", SETTING_DURATION, &every_ms, "10m", .min = 1000, .max = 86400000,
	        .help = "how often files that nobody needs any more are looked for" },
	{ 0 },
};

static struct metric runs = { .name = "guichet_files_cleanup_runs_total",
	.labels = "",
	.help = "How often it was looked for files that nobody needs any more",
	.kind = METRIC_COUNTER };
static struct metric removed = { .name = "guichet_files_cleanup_removed_total",
	.labels = "",
	.help = "Files whose bytes were removed for good",
	.kind = METRIC_COUNTER };
static struct metric removed_bytes = {
	.name = "guichet_files_cleanup_removed_bytes_total", .labels = "", .help = "Their bytes", .kind = METRIC_COUNTER
};
static struct metric orphans = { .name = "guichet_files_cleanup_orphans_total",
	.labels = "",
	.help = "Objects removed that no file needed",
	.kind = METRIC_COUNTER };

struct cleanup {
	int64_t expire_after_ms, orphans_after_ms, look_after_ms;
};

/* --- which -------------------------------------------------------------------------------------- */
static bool expire(struct cleanup *cleanup, struct ticker *t)
{
	struct db_result *found;

	if (clock_mono_ms() < cleanup->expire_after_ms)
		return true;
	db_begin(t->trunk.db);
	found = db_send(t->trunk.db, QUERY_files_expire, P_INT(file_unattached_ms / 1000), P_INT(file_kept_ms / 1000),
	        P_TEXT(TEXT("false")));
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	cleanup->expire_after_ms = clock_mono_ms() + every_ms;
	metric_add(&runs, 1);
	if (db_int(found, 0, 0))
		log_info("files are to be removed", LOG_INT("count", db_int(found, 0, 0)));
	return true;
}

/* --- their bytes ----------------------------------------------------------------------------------- */
struct expired {
	struct content contents[BATCH];
	int count;
};

static bool claim(struct ticker *t, struct expired *out)
{
	struct db_result *rows;

	db_reset(t->trunk.db);
	db_send_params(t->trunk.db, QUERY_scan_let_go, 0, NULL);
	rows = db_send_params(t->trunk.db, QUERY_files_claim_expired, 0, NULL);
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	/* Every second, whether there is work or not: who has nothing to do must hear, too, that the database is back.
	 */
	ticker_database_answered(t);
	out->count = db_rows(rows);
	for (int i = 0; i < out->count; i++) {
		struct content *c = &out->contents[i];

		*c = (struct content){ .id = db_uuid(rows, i, 0),
			.size = db_int(rows, i, 2),
			.is_avatar = text_equal(db_text(rows, i, 3), TEXT("avatar")) };
		text_unhex(db_text(rows, i, 1), c->sha256, sizeof c->sha256);
	}
	return true;
}

static const struct content *find(const struct expired *expired, struct uuid id)
{
	for (int i = 0; i < expired->count; i++)
		if (uuid_equal(&expired->contents[i].id, &id))
			return &expired->contents[i];
	return NULL;
}

/* Each that is still to be removed, now that its content is locked. Those of one batch do not keep each other. */
static struct id_set clear_shelves(
        const struct db_result *named, const struct expired *expired, const struct scan *scan)
{
	struct id_set gone = { 0 };

	for (int i = 0; i < db_rows(named); i++) {
		const struct content *c = find(expired, db_uuid(named, i, 0));

		if (!shelf_clear(scan->store, c, db_bool(named, i, 1), db_bool(named, i, 2))) {
			log_error("the bytes of a file cannot be removed", LOG_UUID("file_id", &c->id),
			        LOG_TEXT("error", store_error()));
			continue;
		}
		id_set_add(&gone, scan->arena, c->id);
		metric_add(&removed, 1);
		metric_add(&removed_bytes, c->size);
	}
	return gone;
}

/* True: there may be more. */
static bool clear_some(struct ticker *t, const struct scan *scan, bool *out_more)
{
	static _Thread_local struct expired expired;
	struct id_set ids = { 0 }, gone;
	struct db_result *named;

	*out_more = false;
	if (!claim(t, &expired))
		return false;
	if (!expired.count)
		return true;
	for (int i = 0; i < expired.count; i++)
		id_set_add(&ids, scan->arena, expired.contents[i].id);
	db_begin(t->trunk.db);
	named = db_send(t->trunk.db, QUERY_files_named, P_TEXT(id_set_literal(&ids, scan->arena)));
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	gone = clear_shelves(named, &expired, scan);
	db_send(t->trunk.db, QUERY_files_gone, P_TEXT(id_set_literal(&gone, scan->arena)));
	if (!db_commit(t->trunk.db))
		return ticker_database_failed(t);
	*out_more = gone.count == BATCH;
	return true;
}

/* --- objects without a row ------------------------------------------------------------------------ */
/* Of those that are old enough. */
struct listing {
	struct arena *arena;
	struct id_set ids;
	int64_t before;
};

static bool visit(void *context, const char *key, int64_t size, int64_t modified_at)
{
	struct listing *listing = context;
	struct uuid id;

	(void)size;
	if (strncmp(key, "new/", 4) == 0 && modified_at < listing->before && uuid_parse(text_of(key + 4), &id))
		id_set_add(&listing->ids, listing->arena, id);
	return listing->ids.count < LIST_BATCH;
}

static bool remove_orphans(struct cleanup *cleanup, struct ticker *t, const struct scan *scan)
{
	struct listing listing = { .arena = scan->arena, .before = clock_unix_ms() / 1000 - ORPHAN_S };
	struct db_result *rows;
	char key[FILE_KEY_ROOM];

	if (clock_mono_ms() < cleanup->orphans_after_ms)
		return true;
	cleanup->orphans_after_ms = clock_mono_ms() + ORPHANS_MS;
	if (store_list(scan->store, BUCKET_TEMP, visit, &listing) != STORE_DONE || !listing.ids.count)
		return true;
	db_reset(t->trunk.db);
	rows = db_send(t->trunk.db, QUERY_files_without_row, P_TEXT(id_set_literal(&listing.ids, scan->arena)));
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	for (int i = 0; i < db_rows(rows); i++) {
		file_key_new(db_uuid(rows, i, 0), key);
		if (store_remove(scan->store, BUCKET_TEMP, key) == STORE_DONE)
			metric_add(&orphans, 1);
	}
	if (db_rows(rows) == LIST_BATCH)
		cleanup->orphans_after_ms = 0;
	return true;
}

bool cleanup_work(struct cleanup *cleanup, struct ticker *t, const struct scan *scan)
{
	bool more;

	arena_reset(scan->arena);
	if (!expire(cleanup, t))
		return false;
	if (clock_mono_ms() >= cleanup->look_after_ms) {
		if (!clear_some(t, scan, &more))
			return false;
		cleanup->look_after_ms = clock_mono_ms() + (more ? 0 : 1000);
	}
	return remove_orphans(cleanup, t, scan);
}

struct cleanup *cleanup_new(void)
{
	struct cleanup *cleanup = calloc(1, sizeof *cleanup);

	if (!cleanup)
		abort();
	return cleanup;
}

void cleanup_free(struct cleanup **cleanup)
{
	free(*cleanup);
	*cleanup = NULL;
}
