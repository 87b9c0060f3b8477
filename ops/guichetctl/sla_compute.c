/* sla_compute.c - "sla compute": the arithmetic of working time, for anybody's own tables.
 *
 * A JSON object a line in, a JSON object a line out:
 *   {"calendar": {...}, "op": "add", "start": "2026-03-27T15:00:00Z", "seconds": 36000}   {"end": "..."}
 *   {"calendar": {...}, "op": "delta", "start": "...", "end": "..."}                      {"seconds": 36000}
 * A calendar is what queues/calendar_read.h reads; without one it is always open. A line that cannot be computed
 * gives {"error": ..., "pointer": ...}, the others are done, and the exit code is 1.
 */
#include <stdlib.h>
#include <string.h>
#include "base/instant.h"
#include "ops/guichetctl/commands.h"
#include "queues/calendar_read.h"

#define SECOND 1000000LL

/* The calendar of the line before: tables mostly ask the same one. */
struct kept {
	struct arena *arena;
	json_t *json;
	struct calendar *calendar;
};

static bool refuse(const char *pointer, const char *detail)
{
	json_t *answer = json_pack("{s:s, s:s}", "error", detail, "pointer", pointer);

	json_dumpf(answer, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(answer);
	return false;
}

static bool take_calendar(struct kept *kept, json_t *json)
{
	struct calendar_fault fault;
	char pointer[100];

	if (kept->calendar && ((!json && !kept->json) || (json && kept->json && json_equal(json, kept->json))))
		return true;
	arena_reset(kept->arena);
	json_decref(kept->json);
	kept->json = json_incref(json);
	kept->calendar = json ? calendar_read(kept->arena, json, &fault) : calendar_always(kept->arena);
	if (kept->calendar)
		return true;
	snprintf(pointer, sizeof pointer, "/calendar%s", fault.pointer);
	return refuse(pointer, fault.detail);
}

static bool take_instant(const json_t *line, const char *name, int64_t *out_us)
{
	char pointer[16];

	if (instant_read(text_of(json_string_value(json_object_get(line, name))), out_us))
		return true;
	snprintf(pointer, sizeof pointer, "/%s", name);
	return refuse(pointer, "must be an instant, like 2026-03-27T15:00:00Z");
}

static bool add(const struct calendar *calendar, const json_t *line, int64_t start)
{
	const json_t *seconds = json_object_get(line, "seconds");
	char text[INSTANT_TEXT_BYTES];
	int64_t end;

	if (!json_is_number(seconds) || json_number_value(seconds) < 0 || json_number_value(seconds) > 9e9)
		return refuse("/seconds", "must be a number, 0 or more");
	if (json_is_integer(seconds))
		end = json_integer_value(seconds) * SECOND;
	else
		end = (int64_t)(json_real_value(seconds) * SECOND + 0.5);
	if (!calendar_add(calendar, start, end, &end))
		return refuse("/seconds", "there is not so much working time before the year 2200");
	instant_write(end, text);
	printf("{\"end\":\"%s\"}\n", text);
	return true;
}

static bool delta(const struct calendar *calendar, const json_t *line, int64_t start)
{
	int64_t end, worked;

	if (!take_instant(line, "end", &end))
		return false;
	worked = calendar_between(calendar, start, end);
	if (worked % SECOND)
		printf("{\"seconds\":%lld.%06d}\n", worked / SECOND, (int)(worked % SECOND));
	else
		printf("{\"seconds\":%lld}\n", worked / SECOND);
	return true;
}

static bool compute(struct kept *kept, const json_t *line)
{
	const char *op = json_string_value(json_object_get(line, "op"));
	int64_t start;

	if (!json_is_object(line))
		return refuse("", "must be a JSON object, on one line");
	if (!op || (strcmp(op, "add") && strcmp(op, "delta")))
		return refuse("/op", "must be add or delta");
	if (!take_calendar(kept, json_object_get(line, "calendar")) || !take_instant(line, "start", &start))
		return false;
	return op[0] == 'a' ? add(kept->calendar, line, start) : delta(kept->calendar, line, start);
}

static enum ctl_exit compute_all(struct ctl *ctl)
{
	struct kept kept = { .arena = arena_new(1 << 20) };
	enum ctl_exit code = CTL_GOOD;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	(void)ctl;
	while ((len = getline(&line, &room, stdin)) >= 0) {
		json_t *json;

		if (!text_trim((struct text){ line, (size_t)len }).len)
			continue;
		json = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, NULL);
		if (!compute(&kept, json))
			code = CTL_WRONG;
		json_decref(json);
	}
	free(line);
	json_decref(kept.json);
	arena_free(&kept.arena);
	return code;
}

static struct setting *const no_settings[] = { NULL };

const struct command_row sla_commands[] = {
	{ "sla", "compute", NULL, "computes working time: a JSON object a line from standard input, one back",
	        "{\"calendar\":{\"timezone\":\"Europe/Berlin\",\"weekly\":{\"mon\":[[\"08:00\",\"12:00\"]]},\n"
	        " \"holidays\":[\"*-05-01\",\"Easter+1\",\"last Monday of May\"]},\n"
	        " \"op\":\"add\",\"start\":\"2026-03-27T15:00:00Z\",\"seconds\":36000}  gives {\"end\":\"...\"};\n"
	        "\"op\":\"delta\" with start and end gives {\"seconds\":N}. Without a calendar all time counts.\n"
	        "A line that cannot be computed gives {\"error\":...,\"pointer\":...}; the exit code is then 1.",
	        NULL, no_settings, compute_all },
	{ 0 },
};
