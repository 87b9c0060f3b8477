/* trace.c - "trace": the story of one request, command, ticket or mail, step by step (sql/functions/trace_*.sql). */
#include <inttypes.h>
#include <string.h>
#include <time.h>
#include "ops/guichetctl/commands.h"
#include "sql/db.h"

static struct text member(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return (struct text){ json_string_value(value), json_string_length(value) };
}

/* As PostgreSQL writes it: 2026-11-30T15:03:39.956808+00:00; 0 when it is none. */
static int64_t moment_us(struct text moment)
{
	struct tm tm = { 0 };
	const char *rest = moment.data ? strptime(moment.data, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int64_t us = 0, unit = 1000000;
	struct tm zone = { 0 };

	if (!rest)
		return 0;
	if (*rest == '.')
		for (rest++; *rest >= '0' && *rest <= '9'; rest++)
			us += (unit /= 10) * (*rest - '0');
	strptime(rest, "%z", &zone);
	return ((int64_t)timegm(&tm) - zone.tm_gmtoff) * 1000000 + us;
}

/* Since the first step: +0.034 s, +2 min 3 s. */
static void write_since(const json_t *step, int64_t first_us)
{
	int64_t us = moment_us(member(step, "at")), s = (us - first_us) / 1000000;
	char since[48] = "";

	if (us && s < 60)
		snprintf(since, sizeof since, "+%.3f s", (double)(us - first_us) / 1e6);
	else if (us && s < 3600)
		snprintf(since, sizeof since, "+%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
	else if (us && s < 86400)
		snprintf(since, sizeof since, "+%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
	else if (us)
		snprintf(since, sizeof since, "+%" PRId64 " d %" PRId64 " h", s / 86400, s / 3600 % 24);
	printf("%14s  ", since);
}

static void write_step(const json_t *step, int64_t first_us)
{
	struct text detail = member(step, "detail");

	write_since(step, first_us);
	say_text(stdout, member(step, "step"), 16);
	say_text(stdout, member(step, "what"), 32);
	printf("  ");
	say_text(stdout, member(step, "outcome"), 10);
	if (detail.len) {
		printf("  ");
		say_text(stdout, detail, 0);
	}
	printf("\n%30s  ", "");
	say_text(stdout, member(step, "id"), 0);
	printf("\n");
}

static void write_story(const json_t *story)
{
	const json_t *steps = json_object_get(story, "steps"), *item;
	struct text first = TEXT_NONE;
	size_t i;

	json_array_foreach(steps, i, item)
	{
		if (!first.data)
			first = member(item, "at");
	}
	printf("%s %s", member(story, "kind").data, member(story, "id").data);
	if (first.data)
		printf(", from %s", first.data);
	printf("\n");
	json_array_foreach(steps, i, item)
	{
		write_step(item, moment_us(first));
	}
	json_array_foreach(json_object_get(story, "notes"), i, item)
	{
		say("%s", json_string_value(item));
	}
}

static enum ctl_exit trace(struct ctl *ctl)
{
	enum ctl_exit code = CTL_GOOD;
	struct db_result *found;
	struct text told;
	json_t *story;
	struct db *db;

	if (ctl->operand_count != 1) {
		say("trace needs one id: see trace --help");
		return CTL_USAGE;
	}
	db = database_open(ctl);
	if (!db)
		return CTL_WRONG;
	found = db_send(db, QUERY_ctl_trace, P_TEXT(text_of(ctl->operands[0])));
	if (!db_sync(db)) {
		code = database_failed(ctl, db, "it cannot be followed");
	} else if (db_is_null(found, 0, 0)) {
		code = say_failed(ctl,
		        "nothing is known of %s: it was never accepted, or longer ago than anything is kept",
		        ctl->operands[0]);
	} else {
		told = db_text(found, 0, 0);
		story = json_loadb(told.data, told.len, 0, NULL);
		if (ctl->json) {
			say_json(story);
		} else {
			write_story(story);
			json_decref(story);
		}
	}
	db_close(&db);
	return code;
}

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row trace_commands[] = {
	{ "trace", NULL, "ID", "tells what has happened to one request, command, ticket or mail, step by step",
	        "ID is a ticket's (or its number), a command's, a request's (X-Request-Id), a trace's (or a "
	        "traceparent), an\n"
	        "event's, a mail's (or its Message-ID), a delivery's, a notification's, a file's or a dead letter's. "
	        "Times count from the\n"
	        "first step.",
	        NULL, settings, trace },
	{ 0 },
};
