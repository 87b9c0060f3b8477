/* upkeep.c - see upkeep.h; the work itself is SQL (sql/functions/partitions_make.sql, sweep.sql). */
#include "workers/upkeep.h"

#include "base/log.h"
#include "base/metrics.h"
#include "sql/migrate.h"

#define TURN_MS (3600 * 1000)
#define AGAIN_MS (60 * 1000)
#define SLICE_MS 1000

static const char *const parents[] = { "inbox", "outbox", "event_inbox", "log_lines" };
static struct metric days_ahead = { .name = "guichet_partitions_ahead",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Days, from today on, that have partitions of their own" };

/* False: it is to be tried again soon. */
static bool make_days(struct db *db)
{
	struct db_result *made;

	db_reset(db);
	made = db_send_params(db, QUERY_partitions_make, 0, NULL);
	if (db_sync(db)) {
		metric_set(&days_ahead, db_int(made, 0, 1));
		if (db_bool(made, 0, 0))
			return true;
		log_notice("a day's partition could not be made yet: a table is held by somebody",
		        LOG_INT("days", db_int(made, 0, 1)));
	} else {
		log_error("the partitions of the days to come could not be made", LOG_TEXT("sqlstate", db_sqlstate(db)),
		        LOG_TEXT("reason", db_message(db)));
	}
	db_reset(db);
	return false;
}

const char *upkeep_look(struct db *db)
{
	struct db_result *version;

	if (db_fault(db) == DB_LOST && !db_revive(db))
		return "no connection";
	db_rollback(db);
	db_reset(db);
	version = db_send_params(db, QUERY_schema_version, 0, NULL);
	if (!db_sync(db))
		return "does not answer";
	return db_int(version, 0, 0) < migrate_expected() ? "schema is older than this program" : NULL;
}

const char *upkeep_open(struct db *db)
{
	const char *unfit = upkeep_look(db);

	if (!unfit)
		make_days(db);
	return unfit;
}

/* Drops every day that has had its time, each in a statement of its own. */
static void drop_days(struct db *db, const char *parent)
{
	struct db_result *dropped;

	do {
		db_reset(db);
		dropped = db_send(db, QUERY_upkeep_drop, P_TEXT(text_of(parent)));
		if (!db_sync(db))
			log_error("an old day could not be dropped", LOG_TEXT("table", parent),
			        LOG_TEXT("reason", db_message(db)));
		else if (db_text(dropped, 0, 0).len)
			log_info("an old day was dropped", LOG_VIEW("table", db_text(dropped, 0, 0)));
	} while (db_text(dropped, 0, 0).len);
	db_reset(db);
}

/* A slice of what the query does. True: there is more. */
static bool slice(struct db *db, enum query query, const char *otherwise)
{
	struct db_result *more;
	bool is_more = false;

	db_reset(db);
	more = db_send_params(db, query, 0, NULL);
	if (db_sync(db))
		is_more = db_bool(more, 0, 0);
	else
		log_error(otherwise, LOG_TEXT("reason", db_message(db)));
	db_reset(db);
	return is_more;
}

bool upkeep_words(struct db *db)
{
	return slice(db, QUERY_upkeep_words, "what is to be searched could not be kept up");
}

int upkeep_turn(struct db *db)
{
	static bool sweeping; /* there was more to sweep in the last turn: this turn only sweeps on */

	if (slice(db, QUERY_upkeep_sweep, "what has had its time could not be swept")) {
		if (!sweeping)
			log_info("sweeping what has had its time");
		sweeping = true;
		return SLICE_MS;
	}
	sweeping = false;
	for (size_t i = 0; i < sizeof parents / sizeof *parents; i++)
		drop_days(db, parents[i]);
	return make_days(db) ? TURN_MS : AGAIN_MS;
}
