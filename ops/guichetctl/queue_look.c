/* queue_look.c - see queue_look.h. */
#include "ops/guichetctl/queue_look.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "queues/management.h"
#include "ops/guichetctl/topology.h"
#include "queues/vhost.h"
#include "queues/programs.h"
#include "sql/db.h"

#define COLUMNS "name,messages_ready,messages_unacknowledged,consumers,message_stats.publish,message_stats.ack"

/* --- our own rows --------------------------------------------------------------------- */
static double seconds(const json_t *facts, const char *group, const char *name)
{
	const json_t *age = json_object_get(json_object_get(json_object_get(facts, group), name), "ageSeconds");

	return json_is_number(age) ? fmax(json_number_value(age), 0) : -1;
}

/* A queue rests by itself, or with the program that reads it. */
static bool rests(const json_t *paused, const char *queue)
{
	if (json_object_get(paused, queue))
		return true;
	for (int i = 0; i < program_count; i++) {
		if (!json_object_get(paused, programs[i].name))
			continue;
		for (const char *rest = programs[i].reads; *rest;) {
			size_t len = strcspn(rest, " ");

			if (strncmp(queue, rest, len) == 0 && (rest[len - 1] == '.' || !queue[len]))
				return true;
			rest += len + strspn(rest + len, " ");
		}
	}
	return false;
}

static bool only_wakes(const char *queue)
{
	return strncmp(queue, "work.", 5) == 0;
}

static void take_facts(struct queue_look *look, const json_t *facts)
{
	const json_t *dead = json_object_get(facts, "dead"), *count;
	const char *queue;
	size_t index;
	json_t *name;

	for (int i = 0; i < look->count; i++) {
		struct queue_state *q = &look->queues[i];
		const json_t *due = json_object_get(json_object_get(facts, "due"), q->name);

		q->due = only_wakes(q->name) ? json_integer_value(json_object_get(due, "count")) : -1;
		q->age_s = seconds(facts, only_wakes(q->name) ? "due" : "held", q->name);
		q->dead = json_integer_value(json_object_get(dead, q->name));
		q->paused = rests(json_object_get(facts, "paused"), q->name);
	}
	json_object_foreach((json_t *)dead, queue, count)
	{
		look->dead += json_integer_value(count);
	}
	json_array_foreach(json_object_get(facts, "silent"), index, name)
	{
		size_t used = strlen(look->silent);

		snprintf(look->silent + used, sizeof look->silent - used, "%s%s", used ? " " : "",
		        json_string_value(name));
	}
}

static const char *ask_rows(struct db *db, struct queue_look *look)
{
	struct db_result *r;
	json_t *facts;

	db_revive(db);
	db_reset(db);
	r = db_send_params(db, QUERY_ctl_queue_facts, 0, NULL);
	if (!db_sync(db))
		return "the database cannot be asked";
	facts = json_loadb(db_text(r, 0, 0).data, db_text(r, 0, 0).len, 0, NULL);
	take_facts(look, facts);
	json_decref(facts);
	return NULL;
}

/* --- the broker ------------------------------------------------------------------------- */
static int64_t number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static void take_queue(struct queue_state *q, const json_t *queues)
{
	size_t index;
	json_t *queue;

	json_array_foreach(queues, index, queue)
	{
		const char *name = json_string_value(json_object_get(queue, "name"));
		const json_t *stats = json_object_get(queue, "message_stats");

		if (!name || strcmp(name, q->name) != 0)
			continue;
		q->is_there = true;
		q->ready = number(queue, "messages_ready");
		q->unacked = number(queue, "messages_unacknowledged");
		q->consumers = number(queue, "consumers");
		q->in = number(stats, "publish");
		q->out = number(stats, "ack");
	}
}

/* Those of topology.def, in its order. */
static void take_queues(struct queue_look *look, const json_t *queues, const char *vhost)
{
	json_t *wanted = topology_wanted(vhost, "", TEXT("")), *queue;
	size_t index;

	json_array_foreach(json_object_get(wanted, "queues"), index, queue)
	{
		struct queue_state *q = &look->queues[look->count];

		if (look->count == QUEUES_MAX)
			break;
		*q = (struct queue_state){ .age_s = -1, .in_s = -1, .out_s = -1, .empty_s = -1 };
		snprintf(q->name, sizeof q->name, "%s", json_string_value(json_object_get(queue, "name")));
		take_queue(q, queues);
		look->count++;
	}
	json_decref(wanted);
}

const char *queue_look(struct arena *arena, struct db *db, struct management *api, struct queue_look *out)
{
	const char *vhost = vhost_name(arena);
	json_t *queues = NULL;

	*out = (struct queue_look){ .at_ms = clock_mono_ms() };
	if (!vhost)
		return "AMQP_URL: the vhost in its path cannot be read";
	if (management_get(api, arena_printf(arena, "/queues/%s?columns=" COLUMNS, management_encode(arena, vhost)),
	            &queues) != MANAGEMENT_FINE)
		return management_error(api);
	take_queues(out, queues, vhost);
	json_decref(queues);
	return ask_rows(db, out);
}

/* --- what has changed -------------------------------------------------------------------- */
static const struct queue_state *find(const struct queue_look *look, const char *name)
{
	for (int i = 0; i < look->count; i++)
		if (strcmp(look->queues[i].name, name) == 0)
			return &look->queues[i];
	return NULL;
}

static void compare(struct queue_state *q, const struct queue_state *before, double passed_s)
{
	int64_t depth = q->ready + q->unacked;

	if (!before || passed_s <= 0 || q->in < before->in || q->out < before->out)
		return; /* a broker that was started again counts from nothing */
	q->in_s = (double)(q->in - before->in) / passed_s;
	q->out_s = (double)(q->out - before->out) / passed_s;
	if (!depth)
		q->empty_s = 0;
	else
		q->empty_s = q->out_s > q->in_s ? (double)depth / (q->out_s - q->in_s) : INFINITY;
}

void queue_looks_add(struct queue_looks *looks, struct queue_look *look)
{
	const struct queue_look *oldest = &looks->kept[0];

	if (looks->count == LOOKS_MAX) {
		memmove(&looks->kept[0], &looks->kept[1], sizeof *looks->kept * (LOOKS_MAX - 1));
		looks->count--;
	}
	for (int i = 0; looks->count && i < look->count; i++)
		compare(&look->queues[i], find(oldest, look->queues[i].name),
		        (double)(look->at_ms - oldest->at_ms) / 1000);
	looks->kept[looks->count++] = *look;
}

const struct queue_look *queue_looks_last(const struct queue_looks *looks)
{
	return looks->count ? &looks->kept[looks->count - 1] : NULL;
}

static int by_age(const void *a, const void *b)
{
	const struct queue_state *one = a, *other = b;

	return (one->age_s < other->age_s) - (one->age_s > other->age_s);
}

static int by_depth(const void *a, const void *b)
{
	const struct queue_state *one = a, *other = b;
	int64_t first = one->ready + one->unacked, second = other->ready + other->unacked;

	return (first < second) - (first > second);
}

void queue_look_sort(struct queue_look *look, enum queue_order order)
{
	if (order != QUEUES_BY_NAME)
		qsort(look->queues, (size_t)look->count, sizeof *look->queues,
		        order == QUEUES_BY_AGE ? by_age : by_depth);
}

/* --- a line --------------------------------------------------------------------------------- */
/* 7 s, 12 min, 3 h, 2 d; - when it is not known. */
static void write_duration(double s, char out[16])
{
	if (s < 0)
		snprintf(out, 16, "-");
	else if (isinf(s))
		snprintf(out, 16, "never");
	else if (s < 100)
		snprintf(out, 16, "%.0f s", s);
	else if (s < 6000)
		snprintf(out, 16, "%.0f min", s / 60);
	else if (s < 48 * 3600)
		snprintf(out, 16, "%.0f h", s / 3600);
	else
		snprintf(out, 16, "%.0f d", fmin(s / 86400, 9999));
}

static void write_rate(double rate, char out[16])
{
	if (rate < 0)
		snprintf(out, 16, "-");
	else
		snprintf(out, 16, rate < 1000 ? "%.1f" : "%.0f", fmin(rate, 999999));
}

static int64_t most(int64_t value, int64_t limit)
{
	return value < limit ? value : limit;
}

void queue_line(const struct queue_state *q, char *line, size_t bytes)
{
	char age[16], in[16], out[16], empty[16], note[64];

	write_duration(q->age_s, age);
	write_duration(q->empty_s, empty);
	write_rate(q->in_s, in);
	write_rate(q->out_s, out);
	snprintf(note, sizeof note, "%s%s", q->is_there ? "" : "MISSING ", q->paused ? "rests " : "");
	if (q->dead)
		snprintf(note + strlen(note), sizeof note - strlen(note), "%" PRId64 " dead", q->dead);
	else if (q->due > 0)
		snprintf(note + strlen(note), sizeof note - strlen(note), "%" PRId64 " due", q->due);
	snprintf(line, bytes, "%-16.16s %8" PRId64 " %6" PRId64 " %7s %6s %6s %7s %3" PRId64 "  %.12s", q->name,
	        most(q->ready + q->unacked, 99999999), most(q->unacked, 999999), age, in, out, empty,
	        most(q->consumers, 999), note);
}
