/* figures.c - what was seen, as metrics: for Prometheus, whose rules (ops/prometheus) name them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/metrics.h"
#include "workers/monitor/monitor.h"

enum figure { HEAD_AGE, READY, UNACKED, CONSUMERS, FIGURES };

static const struct {
	const char *name, *more, *help;
} figures[FIGURES] = {
	[HEAD_AGE] = { "guichet_queue_head_age_seconds", "",
	        "How long ago the first message of the queue was accepted" },
	[READY] = { "guichet_queue_messages", ",state=\"ready\"", "Messages of the queue" },
	[UNACKED] = { "guichet_queue_messages", ",state=\"unacked\"", "Messages of the queue" },
	[CONSUMERS] = { "guichet_queue_consumers", "", "Who takes from the queue" },
};

static const struct {
	struct metric metric;
	const char *object, *member;
} singles_wanted[] = {
#define SINGLE(named, object, member, said)                                                                            \
	{                                                                                                              \
		{ .name = named, .labels = "", .kind = METRIC_GAUGE, .help = said }, object, member                    \
	}
	SINGLE("guichet_outbox_oldest_seconds", "outbox", "oldestSeconds",
	        "How long the oldest row of the outbox has waited"),
	SINGLE("guichet_dead_letters_open", "deadLetters", "open", "Dead letters that nobody has dealt with"),
	SINGLE("guichet_timers_late_seconds", "timers", "lateSeconds", "How late the earliest timer is"),
	SINGLE("guichet_mail_oldest_seconds", "mail", "oldestSeconds",
	        "How long the oldest mail has waited to be sent"),
	SINGLE("guichet_ledger_difference", "inbound", "difference", "1: the ledger of received mail does not add up"),
	SINGLE("guichet_partitions_left", "database", "partitionsAheadDays", "Daily partitions of the days to come"),
	SINGLE("guichet_backup_age_seconds", "backup", "ageSeconds", "Since the last good backup"),
	SINGLE("guichet_database_up", "database", "isUp", "1: PostgreSQL answers"),
	SINGLE("guichet_broker_up", "broker", "isUp", "1: RabbitMQ answers"),
#undef SINGLE
};

#define SINGLES (sizeof singles_wanted / sizeof *singles_wanted)

static struct metric singles[SINGLES];
static struct metric *of_queues[MONITOR_QUEUES_MOST][FIGURES];
static struct metric unheard = { .name = "guichet_programs_unheard",
	.labels = "",
	.kind = METRIC_GAUGE,
	.help = "Programs that nobody has heard of for ten seconds" };

static struct metric *queue_metric(int place, enum figure figure, const char *queue)
{
	struct metric *m = of_queues[place][figure];
	char *labels;

	if (m)
		return m;
	m = calloc(1, sizeof *m);
	if (!m || asprintf(&labels, "{queue=\"%s\"%s}", queue, figures[figure].more) < 0)
		abort();
	m->name = figures[figure].name;
	m->labels = labels;
	m->help = figures[figure].help;
	m->kind = METRIC_GAUGE;
	return of_queues[place][figure] = m;
}

static int64_t count(const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);

	return json_is_true(value) ? 1 : (int64_t)json_number_value(value);
}

static void set_queues(const json_t *queues)
{
	size_t place;
	json_t *queue;

	json_array_foreach(queues, place, queue)
	{
		const char *name = json_string_value(json_object_get(queue, "name"));

		metric_set(queue_metric((int)place, HEAD_AGE, name), count(queue, "oldestSeconds"));
		metric_set(queue_metric((int)place, READY, name), count(queue, "ready"));
		metric_set(queue_metric((int)place, UNACKED, name), count(queue, "unacked"));
		metric_set(queue_metric((int)place, CONSUMERS, name), count(queue, "consumers"));
	}
}

/* Of things that are found when the program runs; lists have the order of the settings, so that a place stays one
 * thing's. */
#define THINGS_MOST 16

static const struct metric models[] = {
	{ .name = "guichet_disk_free_bytes", .kind = METRIC_GAUGE, .help = "What is left on the disk of a folder" },
	{ .name = "guichet_disk_size_bytes", .kind = METRIC_GAUGE, .help = "How large that disk is" },
	{ .name = "guichet_certificate_expires_seconds", .kind = METRIC_GAUGE, .help = "Until a certificate ends" },
};
static const char *const model_members[] = { "freeBytes", "sizeBytes", "endsSeconds" };

static void set_things(const json_t *list, int model)
{
	static struct metric *_Atomic cells[3][THINGS_MOST];
	size_t place;
	json_t *thing;

	json_array_foreach(list, place, thing)
	{
		if (place == THINGS_MOST)
			return;
		metric_set(metric_made(&cells[model][place], &models[model], "{where=\"%s\"}",
		                   json_string_value(json_object_get(thing, "where"))),
		        count(thing, model_members[model]));
	}
}

void monitor_figures(const struct monitor *m, const json_t *seen)
{
	size_t index;
	json_t *program;
	int64_t missing = 0;

	(void)m;
	set_queues(json_object_get(seen, "queues"));
	set_things(json_object_get(seen, "disks"), 0);
	set_things(json_object_get(seen, "disks"), 1);
	set_things(json_object_get(seen, "certificates"), 2);
	for (size_t i = 0; i < SINGLES; i++) {
		if (!singles[i].name)
			singles[i] = singles_wanted[i].metric;
		if (json_object_get(json_object_get(seen, singles_wanted[i].object), singles_wanted[i].member))
			metric_set(&singles[i],
			        count(json_object_get(seen, singles_wanted[i].object), singles_wanted[i].member));
	}
	json_array_foreach(json_object_get(seen, "programs"), index, program) missing +=
	        count(program, "missingSeconds") > 0;
	metric_set(&unheard, missing);
}
