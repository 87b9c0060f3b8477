/* ticket.h - what a handler of the ticket worker works with.
 *
 * A handler assigns fields of the ticket, adds comments, emits events, or
 * refuses. What changed is found by comparing with the copy taken before it ran
 * (ticket_columns[]): history, counters and the version follow from that.
 */
#ifndef WORKERS_TICKET_TICKET_H
#define WORKERS_TICKET_TICKET_H

#include "workers/batch.h"
#include "workers/job.h"

struct ticket {
	struct uuid id;
	struct text number;
	enum ticket_status status;
	enum ticket_priority priority;
	struct text category;
	struct text title;
	struct uuid owner_id;
	struct uuid assignee_id; /* none: nobody's */
	int64_t comment_count;
	int64_t resolved_at, closed_at; /* microseconds, 0: not */

	int64_t version;        /* 0: does not exist yet */
	int64_t loaded_version; /* 0: created in this batch */
	int64_t created_at, updated_at;
	struct text description; /* only of one that is created here */
};

struct comment {
	struct uuid id, ticket_id;
	int64_t seq;
	struct uuid author_id; /* none: the desk itself */
	bool is_internal;
	int64_t created_at;
	struct text content;
	struct uuid command_id;
	struct comment *next;
};

/* The ticket that the command names, or NULL: there is none. */
struct ticket *job_ticket(const struct job *job, struct uuid id);

/* A new ticket with this id, numbered, open, version 0; part of the batch from now on. */
struct ticket *job_new_ticket(struct job *job, struct uuid id);

/* Adds a comment at the ticket's end: seq and comment_count rise, history tells. */
struct comment *ticket_add_comment(struct job *job, struct ticket *ticket, struct uuid comment_id, struct text content,
	bool is_internal);

/* --- one handler a command; each in a file of its name ---------------------------- */
#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/ticket.def"

#endif
