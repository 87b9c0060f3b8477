/* trunk.c - see trunk.h. */
#include "workers/trunk.h"

#include <stdlib.h>
#include <sysexits.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/probe.h"
#include "base/process.h"
#include "base/trace.h"
#include "base/trust.h"
#include "queues/broker.h"
#include "queues/instance.h"
#include "workers/upkeep.h"

#define RACES_MAX 20
#define TABLES_MAX 16
#define CANCEL_MS                                                                                                      \
	3000 /* when the process stops, a statement may take so long; the rest of PROCESS_DRAIN_S is for what follows  \
	        it */

static struct probe_check database_check = { .name = "database" };

static struct metric wanted = { .name = "guichet_db_pool_connections_wanted",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Connections to PostgreSQL that this program wants to have" };
static struct metric up = { .name = "guichet_db_pool_connections",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Connections to PostgreSQL with which it can work" };

void trunk_hold_up(struct trunk *trunk, const char *reason)
{
	metric_add(&up, trunk->held_up - (reason && *reason));
	probe_share(&database_check, &trunk->held_up, reason);
}

void trunk_pump(void *arg)
{
	struct trunk *trunk = arg;

	if (trunk->inflow)
		inflow_pump(trunk->inflow);
	if (!trunk->cancels || !process_stopping() || trunk->stopping_ms < 0)
		return;
	if (!trunk->stopping_ms)
		trunk->stopping_ms = clock_mono_ms();
	if (clock_mono_ms() - trunk->stopping_ms < CANCEL_MS)
		return;
	trunk->stopping_ms = -1;
	db_cancel(trunk->db);
}

/* --- the database ------------------------------------------------------------- */
bool trunk_open(struct trunk *trunk)
{
	const char *unfit = upkeep_open(trunk->db);

	trunk_hold_up(trunk, unfit);
	return !unfit;
}

bool trunk_database_answers(struct trunk *trunk)
{
	db_rollback(trunk->db);
	db_send_params(trunk->db, QUERY_schema_version, 0, NULL);
	return db_sync(trunk->db);
}

void trunk_wait(struct trunk *trunk, enum db_fault fault, const char *sqlstate, int attempt)
{
	int64_t end = clock_mono_ms() + clock_backoff_ms(attempt, 50, 5000);

	trunk_hold_up(trunk, fault == DB_BROKEN ? "refuses our statements" : "waiting for it");
	if (attempt == 0 || attempt % 5 == 4)
		log_error("the database keeps us waiting", LOG_TEXT("sqlstate", sqlstate),
		        LOG_INT("attempt", attempt + 1));
	while (clock_mono_ms() < end && !process_stopping()) {
		trunk_pump(trunk);
		process_nap_ms(50);
	}
	if (fault == DB_LOST)
		db_revive(trunk->db);
}

bool trunk_try_again(struct trunk_tries *tries, enum db_fault fault)
{
	tries->faulty = fault == DB_MESSAGE ? tries->faulty + 1 : 0;
	return fault == DB_RACE && tries->races++ < RACES_MAX;
}

void trunk_poke_relay(struct trunk *trunk)
{
	cache_publish(trunk->cache, TEXT("guichet.poke.relay"), TEXT("1"));
	cache_flush(trunk->cache);
}

/* --- what operators see of the process, and want of it ------------------------------ */
/* An idle thread finds out here that its connection is lost. One whose connection holds something finds out itself. */
static bool can_report(struct trunk *trunk)
{
	if (trunk->held_up || !instance_is_due())
		return false;
	if (db_fault(trunk->db) != DB_LOST || (!trunk->holds && db_revive(trunk->db)))
		return true;
	instance_missed();
	return false;
}

void trunk_report(struct trunk *trunk)
{
	struct instance_words words;
	struct db_result *answer;
	struct arena *arena;

	if (!can_report(trunk))
		return;
	arena = arena_new(4096);
	words = instance_render(arena);
	db_reset(trunk->db);
	answer = db_send(trunk->db, QUERY_instance_seen, P_TEXT(words.program), P_UUID(instance_id()),
	        P_TEXT(words.about), P_TEXT(words.facts));
	if (db_sync(trunk->db))
		instance_obey(db_text(answer, 0, 0));
	else
		instance_missed();
	db_rollback(trunk->db);
	arena_free(&arena);
}

void trunk_idle(void *arg)
{
	trunk_pump(arg);
	trunk_report(arg);
}

static void say_goodbye(struct trunk *trunk)
{
	if (db_fault(trunk->db) == DB_LOST)
		return;
	db_rollback(trunk->db);
	db_send(trunk->db, QUERY_instance_gone, P_UUID(instance_id()));
	db_sync(trunk->db);
}

/* --- threads -------------------------------------------------------------------- */
static void live(void *arg)
{
	struct trunk *trunk = arg;

	trunk->db = db_open(db_url());
	db_on_wait(trunk->db, trunk_pump, trunk);
	while (!process_stopping()) {
		trunk->turn(trunk->arg);
		trunk_report(trunk);
	}
	if (trunk->end)
		trunk->end(trunk->arg);
	say_goodbye(trunk);
	if (trunk->inflow)
		inflow_free(&trunk->inflow);
	db_close(&trunk->db);
	cache_free(&trunk->cache);
	arena_free(&trunk->arena);
}

void trunk_thread(struct trunk *trunk, const char *name, struct inflow *inflow, size_t arena_bytes,
        void (*turn)(void *arg), void (*end)(void *arg), void *arg)
{
	trunk->inflow = inflow;
	trunk->cache = cache_new();
	trunk->arena = arena_new(arena_bytes);
	trunk->turn = turn;
	trunk->end = end;
	trunk->arg = arg;
	metric_add(&wanted, 1);
	metric_add(&up, 1);
	trunk_hold_up(trunk, "not connected yet");
	process_thread(name, live, trunk);
}

int trunk_main(
        int argc, char **argv, const struct trunk_program *program, bool (*start)(const void *arg), const void *arg)
{
	struct setting *tables[TABLES_MAX] = { db_settings, broker_settings, cache_settings, trust_settings,
		probe_settings, trace_settings };
	int count = 6;

	for (struct setting *const *table = program->tables; table && *table; table++) {
		if (count == TABLES_MAX - 1)
			abort();
		tables[count++] = *table;
	}
	process_init(argc, argv, program->name, program->about, tables);
	trace_start();
	if ((program->prepare && !program->prepare()) || !start(arg))
		return EX_CONFIG;
	probe_start();
	return process_wait();
}
