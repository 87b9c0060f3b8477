/* ticker.c - see ticker.h. */
#include "workers/ticker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "queues/instance.h"
#include "workers/upkeep.h"

#define HEAR_MS 20 /* until it is known whether an operator wants it to rest */
#define TICK_MS 1000

/* --- the database ------------------------------------------------------------- */
bool ticker_database_failed(struct ticker *t)
{
	enum db_fault fault = db_fault(t->trunk.db);

	if (t->failures == 0 && fault != DB_LOST) /* the connection says itself that it is lost */
		log_error("the database keeps us waiting", LOG_TEXT("sqlstate", db_sqlstate(t->trunk.db)),
		        LOG_TEXT("error", db_message(t->trunk.db)));
	trunk_hold_up(&t->trunk, fault == DB_BROKEN ? "refuses our statements" : "no answer");
	if (fault == DB_LOST)
		t->holds = false;
	db_rollback(t->trunk.db);
	t->after_ms = clock_mono_ms() + clock_backoff_ms(t->failures++, 100, 2000);
	return false;
}

void ticker_database_answered(struct ticker *t)
{
	if (t->failures)
		log_notice("the database is back");
	t->failures = 0;
	trunk_hold_up(&t->trunk, NULL);
}

bool ticker_is_ready(struct ticker *t)
{
	const char *unfit;

	if (t->holds && db_fault(t->trunk.db) != DB_LOST)
		return true;
	t->holds = false;
	if (clock_mono_ms() < t->after_ms)
		return false;
	unfit = upkeep_look(t->trunk.db);
	if (db_fault(t->trunk.db) != DB_FINE)
		return ticker_database_failed(t);
	trunk_hold_up(&t->trunk, unfit);
	t->holds = !unfit && t->worker->hold(t);
	if (t->holds)
		return true;
	if (db_fault(t->trunk.db) != DB_FINE)
		return ticker_database_failed(t);
	if (t->after_ms <= clock_mono_ms())
		t->after_ms = clock_mono_ms() + TICK_MS;
	return false;
}

int ticker_random_number(void)
{
	unsigned n = 0;

	if (getrandom(&n, sizeof n, 0) != sizeof n)
		abort();
	return (int)(n >> 1);
}

bool ticker_lock_number(struct ticker *t, enum query lock, int number)
{
	struct db_result *got;

	db_reset(t->trunk.db);
	got = db_send(t->trunk.db, lock, P_INT(number));
	return db_sync(t->trunk.db) && db_bool(got, 0, 0);
}

int ticker_pause_ms(const struct ticker *t)
{
	int64_t left_ms = t->after_ms - clock_mono_ms();

	return left_ms < 1 ? 1 : (left_ms < TICK_MS ? (int)left_ms : TICK_MS);
}

/* --- the loop ------------------------------------------------------------------- */
static void ticker_turn(void *arg)
{
	struct ticker *t = arg;
	const struct message *messages;

	if (t->trunk.inflow)
		inflow_take(t->trunk.inflow, TICK_MS, &messages);
	else if (instance_orders())
		t->worker->rest(t);
	else
		process_nap_ms(HEAR_MS);
	while (!process_stopping() && ticker_is_ready(t) && !instance_rests() && t->worker->work(t)) {
		trunk_pump(&t->trunk);
		trunk_report(&t->trunk);
	}
	if (t->trunk.inflow && !t->failures)
		inflow_ack(t->trunk.inflow);
}

static void close_own(void *arg)
{
	struct ticker *t = arg;

	t->worker->close(t);
}

static bool start_ticker(const struct ticker_worker *worker, int number)
{
	struct ticker *t = calloc(1, sizeof *t);
	struct inflow *inflow = NULL;
	char name[16];
	int queues = 0;

	if (!t)
		abort();
	t->worker = worker;
	t->number = number;
	t->trunk.holds = true;
	if (!worker->open(t))
		return false;
	while (worker->queues && worker->queues[queues])
		queues++;
	if (queues)
		inflow = inflow_new(worker->queues, queues, worker->prefetch);
	snprintf(name, sizeof name, "%s%d", worker->thread, number);
	trunk_thread(&t->trunk, name, inflow, 256 * 1024, ticker_turn, close_own, t);
	return true;
}

bool ticker_start(const void *arg)
{
	const struct ticker_worker *worker = arg;

	for (int i = 0; i < (worker->threads ? *worker->threads : 1); i++)
		if (!start_ticker(worker, i))
			return false;
	return true;
}

int ticker_main(int argc, char **argv, const struct ticker_worker *worker)
{
	return trunk_main(argc, argv,
	        &(struct trunk_program){ worker->name, worker->about, worker->settings, worker->prepare }, ticker_start,
	        worker);
}
