/* known.c - reads what a batch's events are about: tickets, people, comments. See notify.h. */
#include "base/arena.h"
#include "base/unicode.h"
#include "queues/catalogue.h"
#include "workers/notify/notify.h"

#include <string.h>

/* The reads' results, between load and apply. */
struct pending {
	struct db_result *tickets, *people, *comments, *times, *staff, *notices, *bursts;
};

struct uuid arrival_id(const struct arrival *arrival, const char *data_member)
{
	struct uuid id = { 0 };

	uuid_parse(arrival_data(arrival, data_member), &id);
	return id;
}

struct uuid arrival_ticket(const struct arrival *arrival)
{
	struct uuid id = { 0 };

	if (!uuid_parse(arrival_text(arrival, "ticketId"), &id))
		uuid_parse(arrival_data(arrival, "ticketId"), &id);
	return id;
}

struct uuid arrival_notice(const struct arrival *arrival)
{
	struct uuid id = { 0 };

	uuid_parse(arrival_text(arrival, "noticeId"), &id);
	return id;
}

static const json_t *downloaders(const struct arrival *arrival)
{
	return json_object_get(json_object_get(arrival->body, "data"), "downloadedBy");
}

/* The one at that place of the list; none behind its end. */
static struct uuid downloader(const struct arrival *arrival, size_t place)
{
	struct uuid id = { 0 };

	uuid_parse(text_of(json_string_value(json_array_get(downloaders(arrival), place))), &id);
	return id;
}

bool arrival_lists(const struct arrival *arrival, struct uuid account)
{
	struct uuid uploader = arrival_id(arrival, "uploadedBy");

	for (size_t i = 0; i < json_array_size(downloaders(arrival)); i++) {
		struct uuid id = downloader(arrival, i);

		if (uuid_equal(&id, &account))
			return true;
	}
	return uuid_equal(&uploader, &account);
}

static const json_t *called(const struct arrival *arrival)
{
	return json_object_get(json_object_get(arrival->body, "data"), "notify");
}

bool arrival_calls(const struct arrival *arrival, struct text word)
{
	const json_t *list = called(arrival);

	for (size_t i = 0; i < json_array_size(list); i++)
		if (text_equal(text_of(json_string_value(json_array_get(list, i))), word))
			return true;
	return false;
}

/* Accounts by their ids, and roles: everybody who has one. */
static void add_called(const struct arrival *arrival, struct arena *arena, struct id_set *named, unsigned *roles)
{
	const json_t *list = called(arrival);
	struct uuid id;

	for (size_t i = 0; i < json_array_size(list); i++)
		if (uuid_parse(text_of(json_string_value(json_array_get(list, i))), &id))
			id_set_add(named, arena, id);
	for (unsigned role = 1; role < account_role_count; role++)
		if (arrival_calls(arrival, text_of(arena_printf(arena, "role:%s", account_role_words[role]))))
			*roles |= 1u << role;
}

static struct text roles_literal(unsigned roles, struct arena *arena)
{
	struct buffer out;

	buffer_init(&out, arena, 64);
	buffer_string(&out, "{");
	for (unsigned role = 1; role < account_role_count; role++)
		if (roles & 1u << role)
			buffer_printf(&out, "%s%s", out.len > 1 ? "," : "", account_role_words[role]);
	buffer_string(&out, "}");
	return buffer_view(&out);
}

bool arrival_seeks_somebody(const struct arrival *arrival)
{
	struct uuid assignee = arrival_id(arrival, "assigneeId");

	return text_equal(arrival->envelope.type, TEXT("ticket.created")) ||
	       (text_equal(arrival->envelope.type, TEXT("ticket.assigned")) && uuid_is_none(&assignee));
}

bool arrival_concerns(const struct arrival *arrival, const struct telling *telling)
{
	return arrival->body && text_equal(arrival->envelope.type, text_of(telling->event)) &&
	       !json_is_true(json_object_get(json_object_get(arrival->body, "data"), "quiet"));
}

/* Which events are fresh is asked in the same pipeline, so it is not known yet. */
void known_load(struct consumption *c)
{
	struct id_set tickets = { 0 }, named = { 0 }, comments = { 0 }, notices = { 0 };
	struct pending *pending;
	unsigned roles = 0;
	bool seeks = false;

	for (int i = 0; i < c->count; i++) {
		for (int t = 0; t < telling_count; t++) {
			const struct arrival *arrival = &c->arrivals[i];

			if (!arrival_concerns(arrival, &tellings[t]))
				continue;
			id_set_add(&tickets, c->arena, arrival_ticket(arrival));
			id_set_add(&named, c->arena, arrival->envelope.actor);
			id_set_add(&named, c->arena, arrival_id(arrival, "assigneeId"));
			id_set_add(&named, c->arena, arrival_id(arrival, "oldAssigneeId"));
			id_set_add(&comments, c->arena, arrival_id(arrival, "commentId"));
			id_set_add(&named, c->arena, arrival_id(arrival, "uploadedBy"));
			id_set_add(&named, c->arena, arrival_id(arrival, "recipientId"));
			id_set_add(&notices, c->arena, arrival_notice(arrival));
			seeks |= arrival_seeks_somebody(arrival);
			for (size_t d = 0; d < json_array_size(downloaders(arrival)); d++)
				id_set_add(&named, c->arena, downloader(arrival, d));
			add_called(arrival, c->arena, &named, &roles);
		}
	}
	c->loaded = NULL;
	if (!tickets.count && !named.count && !roles)
		return;
	c->loaded = pending = ARENA_NEW(c->arena, struct pending);
	pending->tickets = db_send(c->db, QUERY_notify_tickets, P_TEXT(id_set_literal(&tickets, c->arena)));
	pending->people = db_send(c->db, QUERY_notify_people, P_TEXT(id_set_literal(&tickets, c->arena)),
	        P_TEXT(id_set_literal(&named, c->arena)), P_TEXT(roles_literal(roles, c->arena)));
	pending->times = db_send(c->db, QUERY_notify_times, P_TEXT(id_set_literal(&tickets, c->arena)),
	        P_TEXT(id_set_literal(&named, c->arena)));
	pending->staff = seeks ? db_send_params(c->db, QUERY_notify_staff, 0, NULL) : NULL;
	if (notices.count)
		pending->notices = db_send(c->db, QUERY_notify_notices, P_TEXT(id_set_literal(&notices, c->arena)));
	if (channels_burst_s())
		pending->bursts = db_send(c->db, QUERY_notify_bursts, P_TEXT(id_set_literal(&tickets, c->arena)),
		        P_INT(channels_burst_s()));
	pending->comments = db_send(c->db, QUERY_notify_comments, P_TEXT(id_set_literal(&comments, c->arena)));
}

struct text known_name(struct text first, struct text last, struct text email, struct arena *arena)
{
	struct text name = text_trim(
	        text_of(arena_printf(arena, "%.*s %.*s", (int)first.len, first.data, (int)last.len, last.data)));
	const char *at = email.len ? memchr(email.data, '@', email.len) : NULL;

	return name.len ? name : (struct text){ email.data, at ? (size_t)(at - email.data) : email.len };
}

static struct person person_of(const struct db_result *rows, int row, struct arena *arena)
{
	return (struct person){ .ticket_id = db_uuid(rows, row, 0),
		.tie = (enum tie)db_int(rows, row, 1),
		.id = db_uuid(rows, row, 2),
		.email = db_text(rows, row, 3),
		.name = known_name(db_text(rows, row, 4), db_text(rows, row, 5), db_text(rows, row, 3), arena),
		.language = db_text(rows, row, 6),
		.staff = db_bool(rows, row, 7),
		.active = db_bool(rows, row, 8),
		.unproven = db_bool(rows, row, 17),
		.timezone = db_text(rows, row, 9),
		.own_id = db_uuid(rows, row, 10),
		.own_number = db_text(rows, row, 11),
		.own_title = db_text(rows, row, 12),
		.own_first_title = db_text(rows, row, 13),
		.role = db_text(rows, row, 14),
		.chosen = db_text(rows, row, 15),
		.comment_id = db_uuid(rows, row, 16) };
}

static struct told_ticket subject_of(const struct db_result *rows, int row)
{
	return (struct told_ticket){ .id = db_uuid(rows, row, 0),
		.number = db_text(rows, row, 1),
		.title = db_text(rows, row, 2),
		.priority = db_text(rows, row, 3),
		.category = db_text(rows, row, 4),
		.due_at = db_int(rows, row, 5),
		.resolution = db_text(rows, row, 6),
		.first_title = db_text(rows, row, 7),
		.assigned = db_bool(rows, row, 8),
		.tags = db_text(rows, row, 9) };
}

static struct local_time time_of(const struct db_result *rows, int row)
{
	return (struct local_time){ db_uuid(rows, row, 0), db_text(rows, row, 1), db_text(rows, row, 2),
		db_text(rows, row, 3) };
}

static struct remark remark_of(const struct db_result *rows, int row)
{
	return (struct remark){
		.id = db_uuid(rows, row, 0), .internal = db_bool(rows, row, 1), .content = db_text(rows, row, 2)
	};
}

static struct notice notice_of(const struct db_result *rows, int row)
{
	return (struct notice){ db_uuid(rows, row, 0), db_text(rows, row, 1), db_text(rows, row, 2),
		db_text(rows, row, 3) };
}

static struct burst burst_of(const struct db_result *rows, int row)
{
	return (struct burst){ db_uuid(rows, row, 0), db_uuid(rows, row, 1), db_int(rows, row, 2),
		db_int(rows, row, 3) };
}

/* An array for the rows, with room for more behind; rows NULL: it was not asked for. */
#define ROOM_FOR(type, rows, more) ARENA_ARRAY(arena, type, (size_t)((rows) ? db_rows(rows) : 0) + (size_t)(more) + 1)

static void add_people(struct known *known, const struct db_result *rows, struct arena *arena)
{
	int before = known->people_count;
	struct person *people = ROOM_FOR(struct person, rows, before);

	if (!rows || !db_rows(rows))
		return;
	if (before)
		memcpy(people, known->people, sizeof *people * (size_t)before);
	for (int i = 0; i < db_rows(rows); i++)
		people[known->people_count++] = person_of(rows, i, arena);
	known->people = people;
}

static void read_tickets(struct known *known, const struct pending *pending, struct arena *arena)
{
	known->ticket_count = db_rows(pending->tickets);
	known->tickets = ROOM_FOR(struct told_ticket, pending->tickets, 0);
	for (int i = 0; i < known->ticket_count; i++)
		known->tickets[i] = subject_of(pending->tickets, i);
	known->time_count = db_rows(pending->times);
	known->times = ROOM_FOR(struct local_time, pending->times, 0);
	for (int i = 0; i < known->time_count; i++)
		known->times[i] = time_of(pending->times, i);
}

static void read_words(struct known *known, const struct pending *pending, struct arena *arena)
{
	known->comment_count = db_rows(pending->comments);
	known->comments = ROOM_FOR(struct remark, pending->comments, 0);
	for (int i = 0; i < known->comment_count; i++)
		known->comments[i] = remark_of(pending->comments, i);
	known->notice_count = pending->notices ? db_rows(pending->notices) : 0;
	known->notices = ROOM_FOR(struct notice, pending->notices, 0);
	for (int i = 0; i < known->notice_count; i++)
		known->notices[i] = notice_of(pending->notices, i);
}

#define BURSTS_MOST 4096 /* that a batch may open; more mails than that go out at once */

static void read_bursts(struct known *known, const struct pending *pending, struct arena *arena)
{
	known->burst_count = pending->bursts ? db_rows(pending->bursts) : 0;
	known->burst_room = known->burst_count + BURSTS_MOST;
	known->bursts = ROOM_FOR(struct burst, pending->bursts, BURSTS_MOST);
	for (int i = 0; i < known->burst_count; i++)
		known->bursts[i] = burst_of(pending->bursts, i);
}

struct known *known_read(struct consumption *c)
{
	const struct pending *pending = c->loaded;
	struct known *known = ARENA_NEW(c->arena, struct known);

	if (!pending)
		return known;
	add_people(known, pending->people, c->arena);
	add_people(known, pending->staff, c->arena);
	read_tickets(known, pending, c->arena);
	read_words(known, pending, c->arena);
	read_bursts(known, pending, c->arena);
	for (int i = 0; i < known->people_count; i++)
		if (known->people[i].tie == TIE_STAFF)
			known_preferences(&known->people[i], c->arena);
	return known;
}

/* The texts of subscriptions are copied, because the JSON is given back. */
const struct preferences *known_preferences(struct person *person, struct arena *arena)
{
	char pointer[PREFERENCES_POINTER_BYTES];
	struct preferences *preferences;
	json_t *json;

	if (person->preferences)
		return person->preferences;
	preferences = ARENA_NEW(arena, struct preferences);
	json = person->chosen.len ? json_loadb(person->chosen.data, person->chosen.len, 0, NULL) : NULL;
	preferences_read(json, preferences, pointer);
	for (int i = 0; i < preferences->subscription_count; i++) {
		struct subscription *subscription = &preferences->subscriptions[i];

		subscription->category = text_copy(arena, subscription->category);
		subscription->tag = text_copy(arena, subscription->tag);
	}
	json_decref(json);
	return person->preferences = preferences;
}

/* --- mentions --------------------------------------------------------------------------- */
static void write_mentions(struct rows *rows, const struct remark *comment, struct uuid ticket_id, struct arena *arena)
{
	struct text words[MENTIONS_MOST];
	int count = mention_find(comment->content, words);

	for (int i = 0; i < count; i++) {
		struct buffer *out = rows_begin(rows);

		rows_uuid(out, "comment_id", &comment->id);
		rows_uuid(out, "ticket_id", &ticket_id);
		buffer_json_member(out, "word", unicode_lower(arena, words[i]));
		rows_end(rows);
	}
}

void known_add_mentioned(struct consumption *c, struct known *known)
{
	struct rows rows;
	struct db_result *people;

	rows_init(&rows, c->arena);
	for (int i = 0; i < c->count; i++) {
		const struct arrival *arrival = &c->arrivals[i];
		const struct remark *comment = known_comment(known, arrival_id(arrival, "commentId"));

		if (arrival->fresh && comment && text_equal(arrival->envelope.type, TEXT("ticket.commented")))
			write_mentions(&rows, comment, arrival_ticket(arrival), c->arena);
	}
	if (!rows.count)
		return;
	people = db_send(c->db, QUERY_notify_mentioned, P_TEXT(rows_done(&rows)));
	if (db_sync(c->db))
		add_people(known, people, c->arena);
}

const struct told_ticket *known_ticket(const struct known *known, struct uuid id)
{
	for (int i = 0; i < known->ticket_count; i++)
		if (uuid_equal(&known->tickets[i].id, &id))
			return &known->tickets[i];
	return NULL;
}

const struct remark *known_comment(const struct known *known, struct uuid id)
{
	for (int i = 0; i < known->comment_count; i++)
		if (uuid_equal(&known->comments[i].id, &id))
			return &known->comments[i];
	return NULL;
}

const struct notice *known_notice(const struct known *known, struct uuid id)
{
	for (int i = 0; i < known->notice_count; i++)
		if (uuid_equal(&known->notices[i].id, &id))
			return &known->notices[i];
	return NULL;
}

const struct person *known_person(const struct known *known, struct uuid ticket_or_named, enum tie tie)
{
	for (int i = 0; i < known->people_count; i++) {
		const struct person *person = &known->people[i];
		const struct uuid *id = tie == TIE_NAMED ? &person->id : &person->ticket_id;

		if (person->tie == tie && uuid_equal(id, &ticket_or_named))
			return person;
	}
	return NULL;
}
