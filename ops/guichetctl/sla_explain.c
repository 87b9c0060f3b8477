/* sla_explain.c - "sla explain": why a ticket is due when it is, as GET /tickets/{id}/sla says it (sla_explained in
 * the database). What does not add up is said, and the exit code is 1.
 */
#include <inttypes.h>
#include <string.h>
#include "ops/guichetctl/commands.h"
#include "sql/db.h"

static const char *text_in(const json_t *json, const char *name)
{
	const char *text = json_string_value(json_object_get(json, name));

	return text ? text : "-";
}

/* "2 h 05 min 30 s" of seconds; what is less than one is left out. */
static const char *span(const json_t *json, const char *name, char out[48])
{
	int64_t s = (int64_t)json_number_value(json_object_get(json, name));
	const char *sign = s < 0 ? "-" : "";

	s = s < 0 ? -s : s;
	if (s >= 3600)
		snprintf(out, 48, "%s%" PRId64 " h %02d min %02d s", sign, s / 3600, (int)(s / 60 % 60), (int)(s % 60));
	else
		snprintf(out, 48, "%s%d min %02d s", sign, (int)(s / 60), (int)(s % 60));
	return out;
}

/* Up to the second: 2026-11-29T09:00:00. */
static void write_instant(const json_t *json, const char *name)
{
	printf("%-20.19s", text_in(json, name));
}

static void write_interval(const json_t *interval)
{
	char worked[48], closed[48];

	printf("  ");
	write_instant(interval, "from");
	write_instant(interval, "to");
	printf("%-8s %18s", text_in(interval, "kind"), span(interval, "workedSeconds", worked));
	if (json_number_value(json_object_get(interval, "closedSeconds")) >= 1)
		printf(", closed %s", span(interval, "closedSeconds", closed));
	if (json_is_string(json_object_get(interval, "why")))
		printf(", %s", text_in(interval, "why"));
	printf("\n");
}

static bool write_clock(const char *name, const json_t *clock)
{
	bool consistent = json_is_true(json_object_get(clock, "isConsistent"));
	char budget[48], used[48];
	json_t *interval;
	size_t i;

	printf("\n%s: %s, promised %s, used %s", name, text_in(clock, "state"), span(clock, "budgetSeconds", budget),
	        span(clock, "usedSeconds", used));
	if (json_number_value(json_object_get(clock, "broughtSeconds")) > 0)
		printf(", of which a merged ticket brought %s", span(clock, "broughtSeconds", used));
	printf("\n");
	json_array_foreach(json_object_get(clock, "intervals"), i, interval) write_interval(interval);
	printf("  due %.19s", text_in(clock, "dueAt"));
	if (json_is_string(json_object_get(clock, "metAt")))
		printf(", met %.19s", text_in(clock, "metAt"));
	printf("; %s\n", consistent ? "the intervals add up to it" : "the intervals do not add up to it");
	return consistent;
}

static void write_named(const char *what, const json_t *named)
{
	if (json_is_object(named))
		printf("%s %s, version %" PRId64 "\n", what, text_in(named, "name"),
		        (int64_t)json_integer_value(json_object_get(named, "version")));
}

static bool write_all(const struct ctl *ctl, json_t *explained)
{
	bool consistent = true;
	const char *name;
	json_t *clock;

	if (!ctl->json) {
		printf("%s: %s\n", text_in(explained, "number"), text_in(explained, "state"));
		write_named("policy", json_object_get(explained, "policy"));
		write_named("calendar", json_object_get(explained, "calendar"));
	}
	json_object_foreach(json_object_get(explained, "targets"), name, clock)
	{
		if (ctl->json)
			consistent = consistent && json_is_true(json_object_get(clock, "isConsistent"));
		else
			consistent = write_clock(name, clock) && consistent;
	}
	if (ctl->json)
		say_json(json_incref(explained));
	return consistent;
}

static enum ctl_exit show(struct ctl *ctl, struct db *db)
{
	struct db_result *rows = db_send(db, QUERY_ctl_sla_explain, P_TEXT(text_of(ctl->operands[0])));
	struct text text;
	json_t *explained;
	bool consistent;

	if (!db_sync(db))
		return database_failed(ctl, db, "the ticket cannot be explained");
	text = db_text(rows, 0, 0);
	explained = text.data ? json_loadb(text.data, text.len, 0, NULL) : NULL;
	if (!explained)
		return say_failed(ctl, "there is no ticket %s", ctl->operands[0]);
	consistent = write_all(ctl, explained);
	json_decref(explained);
	return consistent ? CTL_GOOD : CTL_WRONG;
}

static enum ctl_exit explain(struct ctl *ctl)
{
	enum ctl_exit code;
	struct db *db;

	if (ctl->operand_count != 1) {
		say("sla explain wants the number or the id of one ticket");
		return CTL_USAGE;
	}
	db = database_open(ctl);
	code = db ? show(ctl, db) : CTL_WRONG;
	db_close(&db);
	return code;
}

static struct setting *const settings[] = { db_settings, NULL };

const struct command_row sla_explain_commands[] = {
	{ "sla", "explain", "TICKET", "tells why a ticket is due when it is",
	        "Target by target the intervals that add up to the deadline: worked, paused and why, and how much of "
	        "each\n"
	        "was closed; and the versions of the policy and the calendar that say so. Times are UTC. The exit code "
	        "is 1\n"
	        "when they do not add up.",
	        NULL, settings, explain },
	{ 0 },
};
