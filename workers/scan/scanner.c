/* scanner.c - see scanner.h; woken by messages, at least once a second (workers/ticker.h).
 *
 *   due files first ─► claim ─► look at each ─► move and record ─► again until nothing is due
 *   then those that older signatures have let through, one by one, so that what is new never waits for more than one
 *
 * While clamd is away nothing is claimed: files wait as they are, and the row "clamd" of dependencies says so.
 */
#include "workers/scan/scanner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "workers/scan/cleanup.h"
#include "workers/scan/record.h"

#define FIGURES_MS 5000
#define ROUND_MS 3600000 /* so often it is asked whether old files have to be looked at again */

static int64_t back_days;

struct setting scanner_settings[] = {
	{ "SCAN_BACK_DAYS", SETTING_INT, &back_days, "30", .min = 0, .max = 3650,
	        .help = "files of that many days are looked at again when clamd has new signatures" },
	{ 0 },
};

static struct metric pending = { .name = "guichet_scan_pending",
	.labels = "",
	.help = "Files that wait to be looked at; 10000: or more",
	.kind = METRIC_GAUGE };
static struct metric oldest = { .name = "guichet_scan_oldest_pending_seconds",
	.labels = "",
	.help = "Age of the oldest file that waits to be looked at",
	.kind = METRIC_GAUGE };

struct scanner {
	struct scan scan;
	struct cleanup *cleanup;
	char round_engine[CLAMD_ANSWER]; /* the engine of this round of old files */
	int64_t round_us;                /* when it began, by the database */
	bool round_done;
	int64_t round_after_ms, figures_after_ms;
	char told_trouble[160]; /* as the dependencies have it; "": none */
	bool has_told;

	struct content contents[SCAN_BATCH];
	int count;
};

/* --- what is told of clamd ------------------------------------------------------------------- */
static bool tell_dependency(struct ticker *t)
{
	struct scanner *s = t->own;
	const char *trouble = engine_trouble(s->scan.engine);

	if (!trouble)
		trouble = engine_age_trouble(s->scan.engine);
	if (s->has_told && strcmp(trouble ? trouble : "", s->told_trouble) == 0)
		return true;
	db_reset(t->trunk.db);
	db_send(t->trunk.db, QUERY_scan_dependency, P_TEXT(TEXT("clamd")),
	        P_TEXT(trouble ? TEXT("false") : TEXT("true")), P_TEXT(text_of(trouble)));
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	s->has_told = true;
	snprintf(s->told_trouble, sizeof s->told_trouble, "%s", trouble ? trouble : "");
	return true;
}

static bool tell_figures(struct ticker *t)
{
	struct scanner *s = t->own;
	struct db_result *figures;

	if (clock_mono_ms() < s->figures_after_ms)
		return true;
	s->figures_after_ms = clock_mono_ms() + FIGURES_MS;
	db_reset(t->trunk.db);
	figures = db_send_params(t->trunk.db, QUERY_scan_figures, 0, NULL);
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	metric_set(&pending, db_int(figures, 0, 0));
	metric_set(&oldest, db_int(figures, 0, 1));
	return true;
}

/* --- claim --------------------------------------------------------------------------------------- */
static struct content read_content(const struct db_result *rows, int row, struct arena *arena, bool again)
{
	struct content c = {
		.id = db_uuid(rows, row, 0),
		.sha256_hex = text_copy(arena, db_text(rows, row, 1)),
		.size = db_int(rows, row, 2),
		.is_avatar = text_equal(db_text(rows, row, 3), TEXT("avatar")),
		.mime_type = text_copy(arena, db_text(rows, row, 4)),
		.attempts = (int)db_int(rows, row, 5),
		.is_released = db_bool(rows, row, 6),
		.known = text_copy(arena, db_text(rows, row, 7)),
		.known_note = text_copy(arena, db_text(rows, row, 8)),
		.known_picture = text_copy(arena, db_text(rows, row, 9)),
		.again = again,
	};

	text_unhex(c.sha256_hex, c.sha256, sizeof c.sha256);
	return c;
}

/* A content once: its second file is known when the first is recorded. */
static void add(struct scanner *s, struct content c)
{
	for (int i = 0; i < s->count; i++)
		if (memcmp(s->contents[i].sha256, c.sha256, sizeof c.sha256) == 0)
			return;
	s->contents[s->count++] = c;
}

static bool claim(struct ticker *t, int64_t how_many, int64_t largest)
{
	struct scanner *s = t->own;
	struct db_result *rows = db_send(t->trunk.db, QUERY_scan_claim, P_INT(how_many), P_INT(largest),
	        P_TEXT(text_of(engine_name(s->scan.engine))));

	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	for (int i = 0; i < db_rows(rows) && s->count < SCAN_BATCH; i++)
		add(s, read_content(rows, i, s->scan.arena, false));
	return true;
}

/* One large file, or several small ones. */
static bool claim_due(struct ticker *t)
{
	struct scanner *s = t->own;

	return claim(t, 1, INT64_MAX) &&
	       (!s->count || s->contents[0].size > SCAN_SMALL || claim(t, SCAN_BATCH, SCAN_SMALL));
}

/* New signatures begin a round, and so does the start of this program; now and then it is asked anew. */
static bool begin_round(struct ticker *t)
{
	struct scanner *s = t->own;
	const char *engine = engine_name(s->scan.engine);
	struct db_result *clock;

	if (strcmp(engine, s->round_engine) == 0 && (!s->round_done || clock_mono_ms() < s->round_after_ms))
		return true;
	clock = db_send_params(t->trunk.db, QUERY_scan_clock, 0, NULL);
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	s->round_us = db_int(clock, 0, 0);
	snprintf(s->round_engine, sizeof s->round_engine, "%s", engine);
	s->round_done = false;
	return true;
}

static bool claim_again(struct ticker *t)
{
	struct scanner *s = t->own;
	struct db_result *rows;

	if (!begin_round(t))
		return false;
	if (s->round_done || strcmp(s->round_engine, ENGINE_NONE) == 0)
		return true;
	rows = db_send(t->trunk.db, QUERY_scan_claim_again, P_TEXT(text_of(s->round_engine)), P_INT(s->round_us),
	        P_INT(back_days));
	if (!db_sync(t->trunk.db))
		return ticker_database_failed(t);
	if (db_rows(rows))
		add(s, read_content(rows, 0, s->scan.arena, true));
	s->round_done = !db_rows(rows);
	s->round_after_ms = clock_mono_ms() + ROUND_MS;
	return true;
}

static bool claim_some(struct ticker *t)
{
	struct scanner *s = t->own;

	arena_reset(s->scan.arena);
	s->count = 0;
	db_reset(t->trunk.db);
	db_send_params(t->trunk.db, QUERY_scan_let_go, 0, NULL);
	return claim_due(t) && (s->count || claim_again(t));
}

/* --- work -------------------------------------------------------------------------------------- */
bool scanner_work(struct ticker *t)
{
	struct scanner *s = t->own;
	bool ready = engine_ready(s->scan.engine);

	if (!tell_dependency(t) || !tell_figures(t) || !cleanup_work(s->cleanup, t, &s->scan))
		return false;
	if (!ready || !claim_some(t) || !s->count)
		return false;
	fault_point("scan.claimed");
	for (int i = 0; i < s->count; i++) {
		look_at(&s->scan, &s->contents[i]);
		trunk_pump(t);
	}
	return record(t, &s->scan, s->contents, s->count);
}

/* The locks on contents are the connection's: a new one has none. */
bool scanner_hold(struct ticker *t)
{
	struct scanner *s = t->own;

	s->has_told = false;
	return true;
}

bool scanner_open(struct ticker *t)
{
	struct scanner *s = calloc(1, sizeof *s);

	if (!s)
		abort();
	t->own = s;
	s->scan = (struct scan){
		.store = store_open(),
		.engine = engine_new(trunk_pump, t),
		.arena = arena_new(256 << 10),
		.pump = trunk_pump,
		.arg = t,
	};
	s->cleanup = cleanup_new();
	return true;
}

void scanner_close(struct ticker *t)
{
	struct scanner *s = t->own;

	cleanup_free(&s->cleanup);
	engine_free(&s->scan.engine);
	store_close(&s->scan.store);
	arena_free(&s->scan.arena);
	free(s);
}
