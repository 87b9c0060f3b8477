/* notify.h - who is told what of an event.
 *
 * A telling is a row: the event, the template, whom it is for, and how the template's
 * fields are filled. Events carry ids only; what else is said (names, the ticket's title,
 * a comment's words) is read for the whole batch, as it is now.
 *
 * The one who caused an event is not told of it, nobody is told twice of one event, and
 * who is no staff never hears of an internal comment. Who is inactive gets nothing.
 */
#ifndef WORKERS_NOTIFY_NOTIFY_H
#define WORKERS_NOTIFY_NOTIFY_H

#include "workers/rows.h"
#include "workers/consumer.h"

/* What somebody is to a ticket; the numbers stand in notify.sql, too. */
enum tie {
	TIE_NAMED = 1, /* by the event: its actor or its new assignee */
	TIE_OWNER = 2,
	TIE_ASSIGNEE = 4,
	TIE_WATCHER = 8,
	TIE_APART = 16,  /* owns a ticket that was merged into this one, which is another person's */
	TIE_FORMER = 32, /* of a telling: with TIE_NAMED, the former assignee instead of the new one */
};

/* One tie of one account; somebody with two is there twice. */
struct person {
	struct uuid ticket_id; /* none: TIE_NAMED */
	enum tie tie;
	struct uuid id;
	struct text email, name, language, timezone;
	bool staff, active;
	struct uuid
	        own_id; /* TIE_APART: the ticket that is theirs; they are told by its name, and no word of this one's */
	struct text own_number, own_title, own_first_title;
};

struct subject {
	struct uuid id;
	struct text number, title, priority, category;
	int64_t due_at; /* microseconds */
	struct text resolution;
	struct text first_title; /* when it was opened: subjects of mails stay the same */
};

struct remark {
	struct uuid id;
	bool internal;
	struct text content;
};

/* When a ticket is due, on the clocks of a time zone: 2026-01-02 00:04, and in French order. */
struct local_time {
	struct uuid ticket_id;
	struct text timezone, said, said_fr;
};

/* What the batch's events are about. */
struct known {
	struct person *people;
	int people_count;
	struct subject *tickets;
	int ticket_count;
	struct remark *comments;
	int comment_count;
	struct local_time *times;
	int time_count;
};

/* An event, on its way to one person. */
struct told {
	const struct arrival *arrival;
	const struct known *known;
	const struct subject *ticket; /* NULL: it is not there */
	const struct remark *comment; /* NULL: the event has none */
	const struct person *to;
	struct arena *arena;
};

struct telling {
	const char *event;
	const char *template;
	unsigned to;       /* enum tie; TIE_NAMED: the new assignee, or with TIE_FORMER the former one */
	bool to_actor_too; /* a confirmation */
	/* Writes the template's fields; false: there is nothing to tell. */
	bool (*fields)(const struct told *told, struct buffer *out);
};

/* All there are, in the order of precedence; whoever is told by one row isn't by the next. */
extern const struct telling tellings[];
extern const int telling_count;

/* --- known.c ----------------------------------------------------------------------- */
/* Queues the reads; known_read gives what they found, after the sync. */
void known_load(struct consumption *c);
const struct known *known_read(struct consumption *c);
struct uuid arrival_ticket(const struct arrival *arrival);
struct uuid arrival_id(const struct arrival *arrival, const char *data_member);
bool arrival_concerns(const struct arrival *arrival, const struct telling *telling);
const struct subject *known_ticket(const struct known *known, struct uuid id);
const struct remark *known_comment(const struct known *known, struct uuid id);
/* The first with this tie to the ticket; of TIE_NAMED the one with this id. NULL: nobody. */
const struct person *known_person(const struct known *known, struct uuid ticket_or_named, enum tie tie);
/* "First Last", or what stands before the @. */
struct text known_name(struct text first, struct text last, struct text email, struct arena *arena);

/* --- whom.c: may this person be told by this row? told->to is the person. --------------- */
bool whom_concerns(const struct telling *telling, const struct told *told);

/* --- fields.c ---------------------------------------------------------------------- */
/* When the ticket is due, as a reader of that language writes it and on the clocks of his time zone; UTC when nobody
 * knows the zone. */
struct text fields_due(const struct told *told);

#endif
