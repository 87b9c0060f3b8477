/* sla_simulate.c - "sla simulate": what a proposed policy would have come to with the tickets of the past.
 *
 * Tickets are read slice by slice with their history, and lived once more (sla_replay.c). Nothing is written.
 */
#include "ops/guichetctl/sla_simulate.h"

#include <stdlib.h>
#include <string.h>
#include "base/instant.h"
#include "ops/guichetctl/commands.h"
#include "queues/calendar_read.h"
#include "queues/policy_read.h"
#include "sql/db.h"

#define SLICE 5000
#define POLICY_ARENA_BYTES (1 << 20)

/* --- the policy ------------------------------------------------------------------------ */
static const struct calendar *read_calendar(struct ctl *ctl, struct arena *arena, const json_t *json)
{
	struct calendar_fault fault;
	const struct calendar *calendar = json ? calendar_read(arena, json, &fault) : calendar_always(arena);

	if (!calendar)
		say_failed(ctl, "the policy's calendar: %s %s", fault.pointer, fault.detail);
	return calendar;
}

static const struct calendar *find_calendar(struct ctl *ctl, struct db *db, struct arena *arena, const struct uuid *id)
{
	struct db_result *rows = db_send(db, QUERY_ctl_calendar, P_UUID(id));
	const struct calendar *calendar = NULL;
	struct text body;
	json_t *json;

	if (!db_sync(db)) {
		database_failed(ctl, db, "the calendar cannot be read");
		return NULL;
	}
	body = db_text(rows, 0, 0);
	json = body.data ? json_loadb(body.data, body.len, 0, NULL) : NULL;
	if (json)
		calendar = read_calendar(ctl, arena, json);
	else
		say_failed(ctl, "there is no calendar with the id of the policy's calendarId");
	json_decref(json);
	return calendar;
}

/* "calendar" may stand in the file, in place of the id of one. */
static struct sla_policy *complete(struct ctl *ctl, struct db *db, struct arena *arena, json_t *json)
{
	json_t *own = json_incref(json_object_get(json, "calendar"));
	struct policy_fault fault;
	struct sla_policy *policy;

	if (own)
		json_object_del(json, "calendar");
	policy = policy_read(arena, json, &fault);
	if (!policy)
		say_failed(ctl, "the policy: %s %s", fault.pointer, fault.detail);
	else if (!own && !uuid_is_none(&policy->calendar_id))
		policy->calendar = find_calendar(ctl, db, arena, &policy->calendar_id);
	else
		policy->calendar = read_calendar(ctl, arena, own);
	json_decref(own);
	return policy && policy->calendar ? policy : NULL;
}

static struct sla_policy *read_policy(struct ctl *ctl, struct db *db, struct arena *arena)
{
	json_error_t error;
	json_t *json = json_load_file(option_text(ctl, "policy"), JSON_REJECT_DUPLICATES, &error);
	struct sla_policy *policy = NULL;

	if (json)
		policy = complete(ctl, db, arena, json);
	else
		say_failed(ctl, "the policy cannot be read: %s, line %d", error.text, error.line);
	json_decref(json);
	return policy;
}

/* --- the tickets ------------------------------------------------------------------------- */
/* Where the next slice begins; in the arena of the command. */
struct place {
	struct text created_at;
	struct uuid id;
};

static struct replay_ticket ticket_at(const struct db_result *rows, int i)
{
	return (struct replay_ticket){ .id = db_uuid(rows, i, 0),
		.number = db_text(rows, i, 1),
		.created_us = db_int(rows, i, 2),
		.status = db_text(rows, i, 3),
		.priority = db_text(rows, i, 4),
		.category = db_text(rows, i, 5),
		.tags = db_text(rows, i, 6),
		.owner_id = db_uuid(rows, i, 7),
		.owner_email = db_text(rows, i, 8) };
}

static struct replay_event event_at(const struct db_result *rows, int i)
{
	return (struct replay_event){ .at_us = db_int(rows, i, 1),
		.field = db_text(rows, i, 2),
		.before = db_text(rows, i, 3),
		.after = db_text(rows, i, 4),
		.by_staff = db_bool(rows, i, 5) };
}

/* Both results are in the order of the tickets. */
static void replay_slice(
        struct simulation *s, struct replay *replay, const struct db_result *tickets, const struct db_result *past)
{
	int next = 0, count = db_rows(past);

	for (int i = 0; i < db_rows(tickets); i++) {
		struct replay_ticket ticket = ticket_at(tickets, i);
		struct replay_outcome outcomes[SLA_TARGETS];
		struct replay_event *own;
		struct uuid id;
		int n = 0;

		arena_reset(replay->arena);
		while (next + n < count && (id = db_uuid(past, next + n, 0), uuid_equal(&id, &ticket.id)))
			n++;
		own = ARENA_ARRAY(replay->arena, struct replay_event, (size_t)n + 1);
		for (int e = 0; e < n; e++)
			own[e] = event_at(past, next + e);
		next += n;
		replay_ticket(replay, &ticket, own, n, outcomes);
		simulation_count(s, &ticket, outcomes);
	}
}

static struct text ids_of(const struct db_result *tickets, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, (size_t)db_rows(tickets) * UUID_TEXT_BYTES + 2);
	for (int i = 0; i < db_rows(tickets); i++) {
		buffer_string(&out, i ? "," : "{");
		buffer_text(&out, db_text(tickets, i, 0));
	}
	buffer_string(&out, "}");
	return buffer_view(&out);
}

/* How many tickets the slice had; -1: the database failed. */
static int take_slice(struct simulation *s, struct db *db, struct replay *replay, struct place *place)
{
	struct db_result *tickets, *past;
	int count;

	db_reset(db);
	arena_reset(replay->arena);
	tickets = db_send(db, QUERY_ctl_sla_tickets, P_TEXT(text_of(option_text(s->ctl, "since"))),
	        P_TEXT(place->created_at), P_UUID(&place->id), P_INT(SLICE));
	if (!db_sync(db))
		return -1;
	count = db_rows(tickets);
	if (!count)
		return 0;
	past = db_send(db, QUERY_ctl_sla_events, P_TEXT(ids_of(tickets, replay->arena)));
	if (!db_sync(db))
		return -1;
	replay_slice(s, replay, tickets, past);
	place->created_at = text_copy(s->ctl->arena, db_text(tickets, count - 1, 9));
	place->id = db_uuid(tickets, count - 1, 0);
	return count;
}

static bool count_tickets(struct simulation *s, struct db *db, int64_t *out_now_us)
{
	struct db_result *rows = db_send(db, QUERY_ctl_sla_count, P_TEXT(text_of(option_text(s->ctl, "since"))));

	if (!db_sync(db))
		return false;
	s->total = db_int(rows, 0, 0);
	*out_now_us = db_int(rows, 0, 1);
	db_reset(db);
	return true;
}

static enum ctl_exit run(struct ctl *ctl, struct db *db, struct arena *policy_arena)
{
	struct simulation s = { .ctl = ctl };
	struct replay replay = { .policy = read_policy(ctl, db, policy_arena) };
	struct place place = { 0 };
	int count = 0;

	if (!replay.policy)
		return CTL_WRONG;
	db_reset(db);
	if (!count_tickets(&s, db, &replay.now_us))
		return database_failed(ctl, db, "the tickets cannot be read");
	replay.arena = arena_new(1 << 16);
	do {
		simulation_progress(&s);
		count = take_slice(&s, db, &replay, &place);
	} while (count > 0);
	arena_free(&replay.arena);
	if (count == 0)
		simulation_write(&s);
	free(s.missed);
	return count == 0 ? CTL_GOOD : database_failed(ctl, db, "the tickets cannot be read");
}

static enum ctl_exit simulate(struct ctl *ctl)
{
	struct db *db = database_open(ctl);
	struct arena *policy_arena = arena_new(POLICY_ARENA_BYTES);
	enum ctl_exit code = db ? run(ctl, db, policy_arena) : CTL_WRONG;

	arena_free(&policy_arena);
	db_close(&db);
	return code;
}

static const struct option_row options[] = {
	{ "policy", OPTION_TEXT, "FILE", NULL, true, "the policy, as JSON" },
	{ "since", OPTION_TEXT, "DATE", NULL, true, "tickets that were made since then, like 2026-01-01" },
	{ "list", OPTION_FLAG, .help = "which tickets would have missed what, and by how much" },
	{ 0 },
};
static struct setting *const settings[] = { db_settings, NULL };

const struct command_row sla_simulate_commands[] = {
	{ "sla", "simulate", NULL, "tells what a policy would have come to with the tickets of the past",
	        "The file holds what POST /admin/sla/policies takes; a calendar may stand in it as \"calendar\", in "
	        "place\n"
	        "of the id of one. Past tickets are lived once more from their history, while they fit the policy's\n"
	        "criteria: how many of each target and priority would have been missed, and by how much working time.\n"
	        "Nothing is written. Merged and deleted tickets are left out.",
	        options, settings, simulate },
	{ 0 },
};
