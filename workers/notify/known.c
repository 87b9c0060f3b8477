/* known.c - reads what a batch's events are about: tickets, people, comments. See notify.h. */
#include "workers/notify/notify.h"

#include <string.h>

/* The reads' results, between load and apply. */
struct pending {
	struct db_result *tickets, *people, *comments, *times;
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

	uuid_parse(arrival_text(arrival, "ticketId"), &id);
	return id;
}

bool arrival_concerns(const struct arrival *arrival, const struct telling *telling)
{
	return arrival->body && text_equal(arrival->envelope.type, text_of(telling->event));
}

/* Which events are fresh is asked in the same pipeline, so it is not known yet. */
void known_load(struct consumption *c)
{
	struct id_set tickets = { 0 }, named = { 0 }, comments = { 0 };
	struct pending *pending;

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
		}
	}
	c->loaded = NULL;
	if (!tickets.count)
		return;
	c->loaded = pending = ARENA_NEW(c->arena, struct pending);
	pending->tickets = db_send(c->db, QUERY_notify_tickets, P_TEXT(id_set_literal(&tickets, c->arena)));
	pending->people = db_send(c->db, QUERY_notify_people, P_TEXT(id_set_literal(&tickets, c->arena)),
	        P_TEXT(id_set_literal(&named, c->arena)));
	pending->times = db_send(c->db, QUERY_notify_times, P_TEXT(id_set_literal(&tickets, c->arena)),
	        P_TEXT(id_set_literal(&named, c->arena)));
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
		.timezone = db_text(rows, row, 9),
		.own_id = db_uuid(rows, row, 10),
		.own_number = db_text(rows, row, 11),
		.own_title = db_text(rows, row, 12),
		.own_first_title = db_text(rows, row, 13) };
}

static struct subject subject_of(const struct db_result *rows, int row)
{
	return (struct subject){ .id = db_uuid(rows, row, 0),
		.number = db_text(rows, row, 1),
		.title = db_text(rows, row, 2),
		.priority = db_text(rows, row, 3),
		.category = db_text(rows, row, 4),
		.due_at = db_int(rows, row, 5),
		.resolution = db_text(rows, row, 6),
		.first_title = db_text(rows, row, 7) };
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

const struct known *known_read(struct consumption *c)
{
	const struct pending *pending = c->loaded;
	struct known *known = ARENA_NEW(c->arena, struct known);

	if (!pending)
		return known;
	known->people_count = db_rows(pending->people);
	known->people = ARENA_ARRAY(c->arena, struct person, (size_t)known->people_count + 1);
	for (int i = 0; i < known->people_count; i++)
		known->people[i] = person_of(pending->people, i, c->arena);
	known->ticket_count = db_rows(pending->tickets);
	known->tickets = ARENA_ARRAY(c->arena, struct subject, (size_t)known->ticket_count + 1);
	for (int i = 0; i < known->ticket_count; i++)
		known->tickets[i] = subject_of(pending->tickets, i);
	known->comment_count = db_rows(pending->comments);
	known->comments = ARENA_ARRAY(c->arena, struct remark, (size_t)known->comment_count + 1);
	for (int i = 0; i < known->comment_count; i++)
		known->comments[i] = remark_of(pending->comments, i);
	known->time_count = db_rows(pending->times);
	known->times = ARENA_ARRAY(c->arena, struct local_time, (size_t)known->time_count + 1);
	for (int i = 0; i < known->time_count; i++)
		known->times[i] = time_of(pending->times, i);
	return known;
}

const struct subject *known_ticket(const struct known *known, struct uuid id)
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
