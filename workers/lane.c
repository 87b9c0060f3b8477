/* lane.c - a lane thread: take, apply, answer, acknowledge; and how it waits.
 *
 * A message of an unknown type waits aside for the upgrade that may know it, and what comes behind it goes on, but for
 * what shares an id with it (depends.h).
 *
 * A run is a stretch of the batch that is applied in one transaction: all that
 * came fresh, or one message that was redelivered (it may have killed its worker
 * before, so its start is counted first). What the database says decides:
 *
 *   fine      results out, on to the next run
 *   race      start again at load, at once
 *   message   the run goes one by one; who fails alone twice is dead
 *   else      wait in place with backoff, heartbeats served; a run that fails although
 *             the database answers goes one by one; after LANE_PATIENCE give the lane back
 *             to the broker and subscribe again when the database answers. No command becomes
 *             a dead letter by waiting.
 */
#include "workers/lane.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/process.h"
#include "workers/attempt.h"
#include "workers/depends.h"
#include "workers/observe.h"
#include "workers/trunk.h"
#include "workers/unknown.h"

#define PREFETCH 64
#define STARTS_MAX 3
#define PATIENCE_DOUBLES 5
#define TAKE_MS 250
#define ROOM_MS 100
#define TIMER_REST_US (60LL * 1000000) /* the timer worker looks by itself that often */

struct lane {
	struct trunk trunk; /* cancels its statement when the process stops, so that a start can be taken back */
	const struct lane_worker *worker;
	const char *queues[LANE_COUNT];
	int queue_count;
	bool takes_aside;       /* the take is of those that had been put aside */
	bool open;              /* the database can be worked with */
	char sqlstate[6];       /* of the last failure */
	void *kept[LANE_KINDS]; /* by its kinds, from batch to batch */
	struct uuid acquitted;  /* a suspect whose start is still to be taken back, or none */
};

enum verdict {
	SETTLED, /* applied, or dead, or answered: acknowledge */
	GIVE_UP, /* leave everything to the broker */
};

static int64_t lane_threads = 1;
static const char *lane_digits;
static int64_t patience_ms;

/* Of a worker that has lanes to share. */
static struct setting share_settings[] = {
	{ "LANE_THREADS", SETTING_INT, &lane_threads, "2", .min = 1, .max = 16,
	        .help = "threads that share the lanes" },
	{ "LANES", SETTING_HEX, &lane_digits, "0123456789abcdef", .min = 1, .max = 16,
	        .help = "the lanes of this process" },
	{ 0 },
};

static struct setting lane_settings[] = {
	{ "LANE_PATIENCE", SETTING_DURATION, &patience_ms, "60s", .min = 1000, .max = 3600000,
	        .help = "how long a lane waits for the database before it gives its commands back to the broker" },
	{ 0 },
};

static struct setting lane_settings_none[] = { { 0 } };

static struct metric dead = { .name = "guichet_commands_dead_total",
	.labels = "",
	.kind = METRIC_COUNTER,
	.help = "Commands that became dead letters" };
/* --- the database ------------------------------------------------------------ */
/* Takes the start back that is still to be taken back. True when there is none left. */
static bool acquit(struct lane *lane)
{
	if (uuid_is_none(&lane->acquitted))
		return true;
	if (attempt_acquit(lane->trunk.db, &lane->acquitted) != DB_FINE)
		return false;
	lane->acquitted = (struct uuid){ 0 };
	return true;
}

/* A lane consumes only while this is true. */
static bool database_is_ready(struct lane *lane)
{
	return trunk_open(&lane->trunk) && acquit(lane);
}

/* The broker counts how often a message is given back, and puts it aside after a thousand times. So the next wait for
 * the same message is twice as long. */
static int64_t patience_with(const struct attempt *run)
{
	int64_t times = run->messages[0].delivery_count;

	return patience_ms << (times < PATIENCE_DOUBLES ? times : PATIENCE_DOUBLES);
}

/* --- one run --------------------------------------------------------------------- */
/* Tries until the run is settled (DB_FINE), or must wait, or must go one by one. A message is dead only when the
 * database refuses it twice in a row; any other failure in between starts the count anew. */
static enum db_fault try_run(struct lane *lane, struct attempt *run)
{
	const char *death = run->death;
	struct trunk_tries tries = { 0 };

	for (;;) {
		int64_t begun = clock_mono_us();
		enum db_fault fault = attempt_try(run);

		if (fault == DB_FINE) {
			observe_batch(&run->batch, clock_mono_us() - begun);
			return fault;
		}
		snprintf(lane->sqlstate, sizeof lane->sqlstate, "%s", db_sqlstate(lane->trunk.db));
		db_rollback(lane->trunk.db);
		run->death = death;
		if (trunk_try_again(&tries, fault))
			continue;
		if (fault != DB_MESSAGE || run->count > 1 || tries.faulty > 2)
			return fault;
		if (tries.faulty == 2 && !death)
			run->death = "the database refuses what it says";
	}
}

/* Counts the start of a redelivered message; the fourth does not take place. */
static enum db_fault start_suspect(struct lane *lane, struct attempt *run)
{
	int starts = 0;
	enum db_fault fault = acquit(lane) ? attempt_suspect(run, &starts) : db_fault(lane->trunk.db);

	if (fault != DB_FINE) {
		snprintf(lane->sqlstate, sizeof lane->sqlstate, "%s", db_sqlstate(lane->trunk.db));
		db_rollback(lane->trunk.db);
		return fault;
	}
	run->death = NULL;
	if (starts > STARTS_MAX) {
		run->death = "its worker died three times while it ran";
		log_critical("a command kills its worker and is put aside", LOG_VIEW("id", run->messages[0].message_id),
		        LOG_VIEW("type", run->messages[0].type));
	}
	fault_point("lane.suspect");
	return DB_FINE;
}

/* A redelivered message may have killed its worker. So its start is written down before the try, and taken back when
 * the try failed and the worker is alive. Only one such message is tried at a time in the process: if the process
 * dies, it is clear which one did it. */
static enum db_fault try_suspect(struct lane *lane, struct attempt *run)
{
	static pthread_mutex_t trial = PTHREAD_MUTEX_INITIALIZER;
	enum db_fault fault;

	while (pthread_mutex_trylock(&trial)) {
		trunk_pump(&lane->trunk);
		process_nap_ms(5);
		if (process_stopping())
			return DB_WAIT;
	}
	fault = start_suspect(lane, run);
	if (fault == DB_FINE) {
		fault = try_run(lane, run);
		if (fault != DB_FINE && uuid_parse(run->messages[0].message_id, &lane->acquitted))
			acquit(lane);
	}
	pthread_mutex_unlock(&trial);
	return fault;
}

static enum verdict apply_each(struct lane *lane, struct attempt *run);

static enum verdict apply_run(struct lane *lane, struct attempt *run)
{
	int64_t until = clock_mono_ms() + patience_with(run);

	for (int waits = 0;; waits++) {
		enum db_fault fault = run->suspect ? try_suspect(lane, run) : try_run(lane, run);

		if (fault == DB_FINE) {
			trunk_hold_up(&lane->trunk, NULL);
			return SETTLED;
		}
		if (run->count > 1 && (fault == DB_MESSAGE || (waits > 0 && trunk_database_answers(&lane->trunk))))
			return apply_each(lane, run);
		trunk_wait(&lane->trunk, fault, lane->sqlstate, waits);
		if (process_stopping() || clock_mono_ms() > until)
			return GIVE_UP;
	}
}

static void log_outcome(const struct job *job)
{
	log_context(job->envelope.correlation_id, &job->envelope.id, traceparent_trace_id(job->envelope.traceparent));
	if (job->outcome == JOB_DONE)
		log_debug("applied", LOG_VIEW("type", job->envelope.type));
	else
		log_notice(job->outcome == JOB_DEAD ? "dead" : "refused", LOG_VIEW("type", job->envelope.type),
		        LOG_TEXT("code", problem_texts[job->result.code].word),
		        LOG_VIEW("detail", job->death ? text_of(job->death) : job->result.detail));
	log_context_clear();
}

/* It sleeps until what it knows to be due. */
static void poke_timer(struct lane *lane, const struct batch *batch)
{
	if (batch->timer_us && batch->timer_us - batch->now_us < TIMER_REST_US)
		cache_publish(lane->trunk.cache, TEXT("guichet.poke.timer"), TEXT("1"));
}

static void answer(struct lane *lane, const struct attempt *run)
{
	for (int i = 0; i < run->count; i++) {
		const struct job *job = &run->batch.jobs[i];
		struct buffer json;

		log_outcome(job);
		metric_add(&dead, !job->answered && job->outcome == JOB_DEAD);
		if (!job->answered)
			observe_job(job);
		if (!job->envelope.reply_to.len)
			continue;
		buffer_init(&json, run->arena, 512);
		batch_result_json(job, &json);
		cache_publish(lane->trunk.cache, job->envelope.reply_to, buffer_view(&json));
	}
	poke_timer(lane, &run->batch);
	trunk_poke_relay(&lane->trunk);
}

static enum verdict apply_each(struct lane *lane, struct attempt *run)
{
	for (int i = 0; i < run->count; i++) {
		struct attempt one = *run;

		one.messages = &run->messages[i];
		one.count = 1;
		if (apply_run(lane, &one) == GIVE_UP)
			return GIVE_UP;
		answer(lane, &one);
	}
	run->count = 0; /* answered already */
	return SETTLED;
}

/* --- what waits for an upgrade, and what may overtake it ------------------------------------ */
static bool waits_for_upgrade(const struct lane *lane, const struct message *message)
{
	return attempt_is_unknown(lane->worker, message) && clock_mono_ms() < unknown_until_ms(message);
}

/* Is it about what one of those is about that were put aside before it came? */
static bool is_behind(const struct lane *lane, const struct message *message)
{
	const struct message *aside;
	int count = inflow_aside(lane->trunk.inflow, &aside);

	for (int i = 0; i < count && !lane->takes_aside; i++)
		if (depends_on(message, &aside[i], lane->worker->single))
			return true;
	return false;
}

static bool has_aside(const struct lane *lane)
{
	const struct message *aside;

	return !lane->takes_aside && inflow_aside(lane->trunk.inflow, &aside) > 0;
}

static bool must_wait(const struct lane *lane, const struct message *message)
{
	return !lane->takes_aside && (waits_for_upgrade(lane, message) || is_behind(lane, message));
}

static bool put_aside(struct lane *lane, const struct message *message, int place)
{
	if (waits_for_upgrade(lane, message))
		unknown_log(message, unknown_until_ms(message) - clock_mono_ms());
	return inflow_set_aside(lane->trunk.inflow, place);
}

static void show_aside(const struct lane *lane)
{
	const struct message *aside, *shown[8];
	int count = inflow_aside(lane->trunk.inflow, &aside), unknown = 0;

	for (int i = 0; i < count && unknown < 8; i++)
		if (attempt_is_unknown(lane->worker, &aside[i]))
			shown[unknown++] = &aside[i];
	unknown_show(shown, unknown);
}

/* Those that are aside and have waited long enough, all before the first that has not; or what has come. */
static int take(struct lane *lane, const struct message **messages)
{
	const struct message *aside;
	int count = inflow_aside(lane->trunk.inflow, &aside), ripe = 0;

	while (ripe < count && !waits_for_upgrade(lane, &aside[ripe]))
		ripe++;
	lane->takes_aside = ripe > 0;
	if (!ripe)
		return inflow_take(lane->trunk.inflow, TAKE_MS, messages);
	return inflow_take_aside(lane->trunk.inflow, ripe, messages);
}

/* --- the batch --------------------------------------------------------------------- */
static bool stands_alone(const struct lane *lane, const struct message *message)
{
	return message->redelivered || attempt_is_unknown(lane->worker, message);
}

/* How many of the first count messages go into one transaction. */
static int run_length(const struct lane *lane, const struct message *messages, int count)
{
	int n = 1;

	if (stands_alone(lane, &messages[0]))
		return 1;
	while (n < count && !stands_alone(lane, &messages[n]) && !is_behind(lane, &messages[n]))
		n++;
	return n;
}

static enum verdict apply_first_run(struct lane *lane, const struct message *messages, int *count)
{
	struct attempt run = { .worker = lane->worker,
		.db = lane->trunk.db,
		.arena = lane->trunk.arena,
		.messages = messages,
		.kept = lane->kept };
	enum verdict verdict;

	*count = run.count = run_length(lane, messages, *count);
	run.suspect = messages[0].redelivered;
	verdict = apply_run(lane, &run);
	if (verdict == SETTLED)
		answer(lane, &run);
	return verdict;
}

/* The rest of the take is taken again. */
static void wait_for_room(struct lane *lane, int done)
{
	inflow_put_back(lane->trunk.inflow, done);
	trunk_idle(&lane->trunk);
	process_nap_ms(ROOM_MS);
}

/* False: the lanes were given back to the broker. */
static bool apply_batch(struct lane *lane, const struct message *messages, int count)
{
	bool any_aside = has_aside(lane);

	for (int done = 0; done < count;) {
		int length = count - done;

		if (any_aside && !inflow_stands(lane->trunk.inflow)) {
			wait_for_room(lane, done); /* those aside come again, and before what would now overtake them */
			return true;
		}
		if (must_wait(lane, &messages[done])) {
			if (!put_aside(lane, &messages[done], done)) {
				wait_for_room(lane, done);
				return true;
			}
			any_aside = true;
			count--;
			continue;
		}
		if (apply_first_run(lane, messages + done, &length) == GIVE_UP) {
			log_error("giving the lanes back to the broker", LOG_INT("unapplied", count - done));
			inflow_leave(lane->trunk.inflow);
			return false;
		}
		done += length;
		fault_point("lane.acking");
		inflow_ack_some(lane->trunk.inflow, done);
	}
	return true;
}

static void lane_turn(void *arg)
{
	struct lane *lane = arg;
	const struct message *messages;
	int count;

	if (!lane->open && !(lane->open = database_is_ready(lane))) {
		process_nap_ms(clock_backoff_ms(2, 100, 1000));
		return;
	}
	count = take(lane, &messages);
	if (count)
		lane->open = apply_batch(lane, messages, count);
	show_aside(lane);
}

static int digit_value(char digit)
{
	return digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

static void name_queues(struct lane *lane, int number, struct arena *names)
{
	const char *prefix = lane->worker->queue_prefix;

	if (lane->worker->single) {
		lane->queues[lane->queue_count++] = prefix;
		return;
	}
	for (const char *digit = lane_digits; *digit; digit++)
		if (digit_value(*digit) % lane_threads == number)
			lane->queues[lane->queue_count++] = lane_queue(names, prefix, digit_value(*digit)).data;
}

static void start_lane(const struct lane_worker *worker, int number, struct arena *names)
{
	struct lane *lane = calloc(1, sizeof *lane);
	char thread[16];

	if (!lane)
		abort();
	lane->worker = worker;
	lane->trunk.cancels = true;
	name_queues(lane, number, names);
	if (!lane->queue_count)
		return;
	snprintf(thread, sizeof thread, "lane-%x", (unsigned)number);
	trunk_thread(&lane->trunk, thread, inflow_new(lane->queues, lane->queue_count, PREFETCH), 1024 * 1024,
	        lane_turn, NULL, lane);
}

static bool start_lanes(const void *worker)
{
	struct arena *names = arena_new(1024);

	for (int i = 0; i < lane_threads; i++)
		start_lane(worker, i, names);
	return true;
}

int lane_main(int argc, char **argv, const struct lane_worker *worker)
{
	struct setting *const tables[] = { lane_settings, unknown_settings,
		worker->settings ? worker->settings : lane_settings_none, worker->single ? NULL : share_settings,
		NULL };

	return trunk_main(
	        argc, argv, &(struct trunk_program){ worker->name, worker->about, tables, NULL }, start_lanes, worker);
}
