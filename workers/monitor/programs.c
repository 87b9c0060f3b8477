/* programs.c - the programs as they were seen: who is heard of, who says that it is not well, who is missing; the
 * settings. */
#include <string.h>
#include "base/log.h"
#include "workers/monitor/monitor.h"

#define HEARD_S 10 /* every program says how it is every two seconds */

static const char *without, *broker;

struct setting monitor_settings[] = {
	{ "MONITOR_WITHOUT", SETTING_TEXT, &without, "",
	        .help = "programs that this installation does not run, and nobody misses, with blanks between (fetch "
	                "scan)" },
	{ "MONITOR_BROKER", SETTING_URL, &broker, "", .schemes = "http https",
	        .help = "RabbitMQ's management API, http[s]://host:15672, without user and password, which are those "
	                "of AMQP_URL; "
	                "on its host unless given" },
	{ 0 },
};

const char *monitor_management_url(void)
{
	return broker;
}

struct summary {
	double p50_ms, p95_ms, p99_ms, per_second, failed_per_second; /* of requests */
	bool answers;
	int64_t instances, in_hand;
	const char *says; /* what the first that is not well says */
	bool degraded;
	json_t *versions;
};

static bool is_among(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static bool is_named(const json_t *object, const char *member, const char *name)
{
	const char *named = json_string_value(json_object_get(object, member));

	return named && strcmp(named, name) == 0;
}

/* The first of its checks that is not well. */
static const char *complaint(const json_t *health)
{
	json_t *checks = json_object_get(health, "dependencies"), *check;
	const char *name, *reason;

	json_object_foreach(checks, name, check)
	{
		reason = json_string_value(json_object_get(check, "reason"));
		if (reason)
			return reason;
	}
	return json_string_value(json_object_get(health, "message"));
}

static void add_version(json_t *versions, const json_t *version)
{
	size_t index;
	json_t *other;

	json_array_foreach(versions, index, other) if (json_equal(other, version)) return;
	json_array_append(versions, (json_t *)version);
}

static double more(double a, const json_t *object, const char *member)
{
	double b = json_number_value(json_object_get(object, member));

	return b > a ? b : a;
}

/* Of several the slowest one's quantiles count. */
static void add_requests(struct summary *sum, const json_t *requests)
{
	if (!json_is_object(requests))
		return;
	sum->answers = true;
	sum->p50_ms = more(sum->p50_ms, requests, "p50Ms");
	sum->p95_ms = more(sum->p95_ms, requests, "p95Ms");
	sum->p99_ms = more(sum->p99_ms, requests, "p99Ms");
	sum->per_second += json_number_value(json_object_get(requests, "perSecond"));
	sum->failed_per_second += json_number_value(json_object_get(requests, "failedPerSecond"));
}

static void add_instance(struct summary *sum, const json_t *instance)
{
	const json_t *health = json_object_get(instance, "health"), *queues = json_object_get(instance, "queues");
	size_t index;
	json_t *queue;

	if (json_integer_value(json_object_get(instance, "silentSeconds")) >= HEARD_S)
		return;
	sum->instances++;
	json_array_foreach(queues, index, queue) sum->in_hand += json_integer_value(json_object_get(queue, "inHand"));
	add_requests(sum, json_object_get(instance, "requests"));
	add_version(sum->versions, json_object_get(instance, "version"));
	if (is_named(health, "status", "healthy") || sum->degraded)
		return;
	sum->degraded = true;
	sum->says = complaint(health);
}

static struct summary summarize(const json_t *instances, const char *program)
{
	struct summary sum = { .versions = json_array() };
	size_t index;
	json_t *instance;

	json_array_foreach(instances, index, instance) if (is_named(instance, "program", program))
	        add_instance(&sum, instance);
	return sum;
}

static void add_answers(json_t *described, const struct summary *sum)
{
	json_object_set_new(described, "p50Ms", json_real(sum->p50_ms));
	json_object_set_new(described, "p95Ms", json_real(sum->p95_ms));
	json_object_set_new(described, "p99Ms", json_real(sum->p99_ms));
	json_object_set_new(described, "perSecond", json_real(sum->per_second));
	json_object_set_new(
	        described, "errorRate", json_real(sum->per_second > 0 ? sum->failed_per_second / sum->per_second : 0));
}

static json_t *describe(struct program_watch *w, const char *program, const json_t *seen, int64_t now_ms)
{
	json_t *described;
	struct summary sum = summarize(json_object_get(seen, "instances"), program);
	bool unused = is_among(without, program) && !sum.instances,
	     resting = monitor_find(json_object_get(seen, "pauses"), "target", program) != NULL;
	bool missing = !sum.instances && !unused, degraded = sum.degraded && !resting;
	const char *state = unused     ? "unused"
	                    : missing  ? "missing"
	                    : resting  ? "resting"
	                    : degraded ? "degraded"
	                               : "up";

	described = json_pack("{s:s, s:s, s:I, s:I, s:I, s:s?, s:I, s:o}", "program", program, "state", state,
	        "instances", (json_int_t)sum.instances, "missingSeconds",
	        (json_int_t)monitor_since_s(&w->missing_ms, missing, now_ms), "degradedSeconds",
	        (json_int_t)monitor_since_s(&w->degraded_ms, degraded, now_ms), "says", degraded ? sum.says : NULL,
	        "inHand", (json_int_t)sum.in_hand, "versions", sum.versions);
	if (sum.answers)
		add_answers(described, &sum);
	return described;
}

/* Messages that wait because their reader is too old for them, of all instances; an older one of the same queue and
 * type counts. */
static json_t *unknown_messages(const json_t *seen)
{
	json_t *list = json_array(), *instance, *waits;
	size_t i, k;

	json_array_foreach(json_object_get(seen, "instances"), i, instance)
	{
		if (json_integer_value(json_object_get(instance, "silentSeconds")) >= HEARD_S)
			continue;
		json_array_foreach(json_object_get(instance, "unknown"), k, waits)
		{
			json_t *one = json_copy(waits);

			json_object_set(one, "program", json_object_get(instance, "program"));
			json_object_set(one, "programVersion", json_object_get(instance, "version"));
			json_object_set_new(one, "waits", json_true());
			json_array_append_new(list, one);
		}
	}
	return list;
}

void monitor_see_programs(struct monitor *m, json_t *seen, int64_t now_ms)
{
	json_t *list = json_array();

	for (int i = 0; i < program_count && i < MONITOR_PROGRAMS_MOST; i++)
		if (programs[i].kind != PROGRAM_TOOL)
			json_array_append_new(list, describe(&m->programs[i], programs[i].name, seen, now_ms));
	json_object_set_new(seen, "programs", list);
	json_object_set_new(seen, "unknown", unknown_messages(seen));
}
