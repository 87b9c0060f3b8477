/* queues.c - "queues": depth, age, rates and forecast of each queue, once. Live: top.c. */
#include <inttypes.h>
#include <math.h>
#include "base/process.h"
#include "base/trust.h"
#include "ops/guichetctl/commands.h"
#include "queues/management.h"
#include "ops/guichetctl/queue_look.h"
#include "queues/vhost.h"
#include "sql/db.h"

#define OVER_S 6
#define OVER_S_MOST 3600

static json_t *figure(double value)
{
	return value < 0 || isinf(value) ? json_null() : json_real(value);
}

static json_t *queue_json(const struct queue_state *q)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:b, s:I, s:o, s:b, s:b, s:I}", "name", q->name,
	        "depth", (json_int_t)(q->ready + q->unacked), "ready", (json_int_t)q->ready, "unacked",
	        (json_int_t)q->unacked, "oldestSeconds", figure(q->age_s), "inPerSecond", figure(q->in_s),
	        "outPerSecond", figure(q->out_s), "emptyInSeconds", figure(q->empty_s), "isGrowing", isinf(q->empty_s),
	        "consumers", (json_int_t)q->consumers, "due", q->due < 0 ? json_null() : json_integer(q->due),
	        "isPaused", q->paused, "isMissing", !q->is_there, "dead", (json_int_t)q->dead);
}

static void write_look(const struct ctl *ctl, const struct queue_look *look, int64_t over_s)
{
	json_t *list = json_array();
	char line[128];

	if (!ctl->json)
		printf(QUEUE_HEAD "\n");
	for (int i = 0; i < look->count; i++) {
		queue_line(&look->queues[i], line, sizeof line);
		if (ctl->json)
			json_array_append_new(list, queue_json(&look->queues[i]));
		else
			printf("%s\n", line);
	}
	if (ctl->json)
		say_json(json_pack("{s:I, s:I, s:s, s:O}", "overSeconds", (json_int_t)over_s, "dead",
		        (json_int_t)look->dead, "silent", look->silent, "queues", list));
	json_decref(list);
}

/* Two looks, unless rates are not asked for. */
static const char *look_twice(
        struct ctl *ctl, struct db *db, struct management *api, int64_t over_s, struct queue_looks *looks)
{
	struct queue_look *look = ARENA_NEW(ctl->arena, struct queue_look);
	const char *wrong = queue_look(ctl->arena, db, api, look);

	if (!wrong)
		queue_looks_add(looks, look);
	if (wrong || !over_s)
		return wrong;
	process_nap_ms((int)over_s * 1000);
	wrong = queue_look(ctl->arena, db, api, look);
	if (!wrong)
		queue_looks_add(looks, look);
	return wrong;
}

static enum ctl_exit queues(struct ctl *ctl)
{
	struct queue_looks *looks = ARENA_NEW(ctl->arena, struct queue_looks);
	int64_t over_s = option_number(ctl, "over", OVER_S);
	struct management *api;
	const char *wrong;
	struct db *db;

	looks->count = 0;
	if (over_s > OVER_S_MOST) {
		say("--over: an hour at most");
		return CTL_USAGE;
	}
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	api = management_open(ctl->arena);
	wrong = look_twice(ctl, db, api, over_s, looks);
	if (!wrong)
		write_look(ctl, queue_looks_last(looks), over_s);
	else
		say_failed(ctl, "%s", wrong);
	management_close(&api);
	db_close(&db);
	return wrong ? CTL_WRONG : CTL_GOOD;
}

static const struct option_row options[] = {
	{ "over", OPTION_NUMBER, "SECONDS",
	        .help = "the stretch that rates are of, 6 unless given; 0: no rates, and no wait" },
	{ 0 },
};

static struct setting *const settings[] = { db_settings, management_settings, trust_settings, vhost_settings, NULL };

const struct command_row queues_commands[] = {
	{ "queues", NULL, NULL,
	        "shows each queue: depth, age of the oldest, rates, when it is empty, who takes from it",
	        "The age is that of the oldest message in hand, by the time at which it was accepted; of work whose "
	        "message only\n"
	        "wakes (mail, files, what came by mail) how long the oldest row is due. What waits to be tried again "
	        "does not count.",
	        options, settings, queues },
	{ 0 },
};
