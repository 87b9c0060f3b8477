/* book.c - see book.h. */
#include "workers/ticket/book.h"

#include <stdlib.h>
#include <string.h>
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "queues/calendar_read.h"
#include "queues/policy_read.h"

#define ZONES_LOOKED_AT_MS 60000

/* A calendar's version, read when it is first asked for: old ones are hardly ever. */
struct kept_calendar {
	struct uuid id;
	int version;
	struct text body;
	const struct calendar *calendar;
};

struct book {
	struct arena *arena;
	int64_t epoch, zones_looked_at_ms;
	struct kept_calendar *calendars;
	int calendar_count;
	const struct sla_policy **policies;
	int policy_count;
	const struct calendar *always;
};

/* --- read ------------------------------------------------------------------------------- */
static const struct calendar *read_calendar(struct arena *arena, struct text body)
{
	struct calendar_fault fault = { .detail = "is no JSON" };
	json_t *json = json_loadb(body.data, body.len, 0, NULL);
	const struct calendar *calendar = json ? calendar_read(arena, json, &fault) : NULL;

	if (!calendar)
		log_error("a calendar can't be read: every hour counts", LOG_TEXT("pointer", fault.pointer),
		        LOG_TEXT("detail", fault.detail));
	json_decref(json);
	return calendar;
}

static struct sla_policy *read_policy(struct arena *arena, struct text body)
{
	struct policy_fault fault = { .detail = "is no JSON" };
	json_t *json = json_loadb(body.data, body.len, 0, NULL);
	struct sla_policy *policy = json ? policy_read(arena, json, &fault) : NULL;

	if (!policy)
		log_error("a policy can't be read: it governs nothing", LOG_TEXT("pointer", fault.pointer),
		        LOG_TEXT("detail", fault.detail));
	json_decref(json);
	return policy;
}

static struct kept_calendar *find_calendar(const struct book *book, const struct uuid *id, int version)
{
	for (int i = 0; i < book->calendar_count; i++)
		if (uuid_equal(&book->calendars[i].id, id) && (!version || book->calendars[i].version == version))
			return &book->calendars[i];
	return NULL;
}

static const struct calendar *opened(const struct book *book, struct kept_calendar *kept)
{
	if (kept && !kept->calendar)
		kept->calendar = read_calendar(book->arena, kept->body);
	return kept && kept->calendar ? kept->calendar : book->always;
}

static void add_policy(struct book *book, struct sla_policy *policy)
{
	struct kept_calendar *kept = NULL;

	if (!policy)
		return;
	if (!uuid_is_none(&policy->calendar_id))
		kept = find_calendar(book, &policy->calendar_id, 0); /* the newest stands first */
	policy->calendar = opened(book, kept);
	policy->calendar_version = kept ? kept->version : 0;
	book->policies[book->policy_count++] = policy;
}

static struct book *new_book(int64_t epoch, int rows)
{
	struct arena *arena = arena_new(16384);
	struct book *book = ARENA_NEW(arena, struct book);

	*book = (struct book){ .arena = arena, .epoch = epoch, .zones_looked_at_ms = clock_mono_ms() };
	book->calendars = ARENA_ARRAY(arena, struct kept_calendar, (size_t)rows + 1);
	book->policies = ARENA_ARRAY(arena, const struct sla_policy *, (size_t)rows + 1);
	book->always = calendar_always(arena);
	return book;
}

static void add_row(struct book *book, const struct db_result *rows, int i)
{
	struct text body = db_text(rows, i, 5);
	struct sla_policy *policy;

	if (!db_bool(rows, i, 6)) {
		book->calendars[book->calendar_count++] = (struct kept_calendar){ db_uuid(rows, i, 1),
			(int)db_int(rows, i, 2), text_copy(book->arena, body), NULL };
		return;
	}
	policy = read_policy(book->arena, body);
	if (policy) {
		policy->id = db_uuid(rows, i, 1);
		policy->version = (int)db_int(rows, i, 2);
		policy->name = text_copy(book->arena, db_text(rows, i, 3));
		policy->calendar_id = db_uuid(rows, i, 4);
	}
	add_policy(book, policy);
}

/* --- kept ------------------------------------------------------------------------------- */
static bool zones_are_fresh(struct book *book)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms - book->zones_looked_at_ms < ZONES_LOOKED_AT_MS)
		return true;
	book->zones_looked_at_ms = now_ms;
	for (int i = 0; i < book->calendar_count; i++)
		if (book->calendars[i].calendar && !zone_is_fresh(calendar_zone(book->calendars[i].calendar)))
			return false;
	return true;
}

struct db_result *book_load(struct book **book, struct db *db)
{
	return db_send(db, QUERY_sla_book, P_INT(*book && zones_are_fresh(*book) ? (*book)->epoch : 0));
}

void book_loaded(struct book **book, const struct db_result *rows)
{
	int count = db_rows(rows);

	if (!count)
		return;
	book_free(book);
	*book = new_book(db_int(rows, 0, 0), count);
	for (int i = 0; i < count; i++)
		add_row(*book, rows, i);
}

void book_free(struct book **book)
{
	struct arena *arena = *book ? (*book)->arena : NULL;

	*book = NULL;
	arena_free(&arena);
}

struct book *book_of(const char *const *policies, int count, const char *calendar)
{
	struct book *book = new_book(1, count + 1);

	if (calendar)
		book->calendars[book->calendar_count++] =
		        (struct kept_calendar){ { { 1 } }, 1, text_copy(book->arena, text_of(calendar)), NULL };
	for (int i = 0; i < count; i++) {
		struct sla_policy *policy = read_policy(book->arena, text_of(policies[i]));

		policy->id = (struct uuid){ { 2, (uint8_t)i } };
		policy->version = 1;
		policy->calendar_id = (struct uuid){ { calendar != NULL } };
		add_policy(book, policy);
	}
	return book;
}

/* --- asked ------------------------------------------------------------------------------ */
const struct sla_policy *book_choose(const struct book *book, const struct sla_subject *subject)
{
	static const struct sla_policy nothing_promised;
	const struct sla_policy *fits = NULL;

	if (book)
		fits = sla_policy_choose(book->policies, book->policy_count, subject);
	return fits ? fits : &nothing_promised;
}

const struct sla_policy *book_policy(const struct book *book, const struct sla_policy *wanted)
{
	for (int i = 0; book && i < book->policy_count; i++) {
		const struct sla_policy *policy = book->policies[i];

		if (uuid_equal(&policy->id, &wanted->id) && policy->version == wanted->version &&
		        uuid_equal(&policy->calendar_id, &wanted->calendar_id) &&
		        policy->calendar_version == wanted->calendar_version)
			return policy;
	}
	return NULL;
}

const struct calendar *book_calendar(const struct book *book, const struct uuid *id, int version)
{
	return book ? opened(book, find_calendar(book, id, version)) : NULL;
}
