/* outbox.h - rows of the outbox: the one writer of what a worker tells, asks and hands on.
 *
 * An event is told to everybody, a command goes into a lane in the desk's own name, work goes to one queue. What
 * each says is a row of the catalogue; the envelope around it is written here and nowhere else. What a program may say
 * is decided by sql/grants.sql. sql/functions/outbox_event.sql writes events for who works in SQL alone.
 */
#ifndef WORKERS_OUTBOX_H
#define WORKERS_OUTBOX_H

#include "queues/contract.h"
#include "queues/envelope.h"

/* Why something is said, and about what. */
struct said {
	struct uuid id; /* of the message: derived, so that a second try says the same */
	int64_t now_us;
	struct text correlation_id, traceparent, origin; /* of what it follows from */
	struct uuid asked_by;                            /* of commands alone: in whose name; none: the desk's own */
	/* of events alone */
	struct uuid actor;       /* none: Guichet itself */
	enum account_role role;  /* the actor's, absent when it is not known */
	struct uuid command_id;  /* whose outcome it tells of; the database looks up whose command it was */
	const char *subject;     /* the kind of what it is about: "ticket" gives ticketId and ticketVersion */
	struct uuid subject_id;  /* none: it is about nothing that has a version */
	int64_t subject_version; /* after what is told */
};

/* Each writes the members of one row of outbox_store, which the caller begins and ends; fields and members are the
 * struct of the row's name. */
void outbox_event(struct buffer *row, const struct said *said, enum event_id id, const void *members);
void outbox_command(
        struct buffer *row, const struct said *said, enum command_id id, const void *fields, struct text lane);
void outbox_work(struct buffer *row, const struct said *said, enum work_id id, const void *members, struct text queue);

#endif
