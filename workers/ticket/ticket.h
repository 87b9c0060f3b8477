/* ticket.h - what a handler of the ticket worker works with.
 *
 * A handler assigns fields of the ticket, adds comments, emits events, or
 * refuses. What changed is found by comparing with the copy taken before it ran
 * (sql/columns/ticket.def): history, counters and the version follow from that. The description is there in a
 * ticket that is created here, and where ticket_kind.reads_apart says that the command needs it.
 */
#ifndef WORKERS_TICKET_TICKET_H
#define WORKERS_TICKET_TICKET_H

#include "workers/job.h"
#include "workers/subject.h"

struct ticket {
	SUBJECT_HEAD;
#include "sql/columns/ticket.def"
	bool reworded;                /* what it says was rewritten, or it was merged: its search words are made anew */
	struct text living_end;       /* of a merged ticket: the name of the one that lives in the end */
	struct text assignee_name;    /* for ticket.assign alone */
	struct id_set staff_watchers; /* of the watchers that were loaded; for ticket.merge alone */
};

struct comment {
	struct uuid id, ticket_id;
	int64_t seq;
	struct uuid author_id; /* none: the desk itself */
	bool is_internal;
	int64_t created_at;
	struct text content;
	struct uuid command_id;
	struct uuid split_into;   /* the ticket that it became, or none */
	struct text split_number; /* of that ticket */
	bool is_stored;           /* not added by this batch */
	bool edited, split;       /* by this batch */
	struct comment *next;
};

/* The ticket that the command names, or NULL: there is none. */
struct ticket *job_ticket(const struct job *job, struct uuid id);

/* A new ticket with this id, numbered, open, version 0; part of the batch from now on. */
struct ticket *job_new_ticket(struct job *job, struct uuid id);

/* Adds a comment at the ticket's end: seq and comment_count rise, history tells. */
struct comment *ticket_add_comment(
        struct job *job, struct ticket *ticket, struct uuid comment_id, struct text content, bool is_internal);

/* The comment of this ticket, loaded or added in this batch; NULL: there is none. */
struct comment *job_comment(const struct job *job, const struct ticket *ticket, struct uuid comment_id);

/* Writes other content; the search words of its ticket are made anew. */
void ticket_edit_comment(struct job *job, struct comment *comment, struct text content);
/* The comment has become that ticket. */
void ticket_mark_split(struct comment *comment, const struct ticket *new);
/* A new ticket of the same owner, in the same lane, that begins with the comment: linked, and the comment is marked.
 * What tells of it is the caller's. */
struct ticket *ticket_grow(struct job *job, struct ticket *ticket, struct comment *comment, struct uuid id);
/* Emits ticket.created about such a ticket; notify: is its owner mailed? */
void ticket_tell_grown(struct job *job, const struct ticket *new, enum flag notify);
/* Its name for people: "HD-2026-000012 (id)". */
struct text ticket_name(const struct job *job, const struct ticket *ticket);
/* The told columns that differ, for an event. */
struct text_list ticket_changes_of(struct job *job, const struct ticket *before, const struct ticket *after);
/* Emits ticket.updated when a column differs. */
void ticket_tell_update(struct job *job, const struct ticket *before, const struct ticket *after);

/* Adds a line of history that does not come from a column, so that every version has one line at least. field: a
 * literal. history_is_public says whether the owner sees it. */
void history_add(
        struct job *job, const struct ticket *ticket, const char *field, struct text old_value, struct text new_value);

/* Links this ticket with another, or takes every link between the two away. */
void ticket_add_link(struct job *job, const struct ticket *ticket, struct uuid other_id, enum link_kind kind);
/* The same for a ticket that has grown out of this one: that is told by another line of history. */
void ticket_link_grown(struct job *job, const struct ticket *ticket, const struct ticket *grown);
void ticket_cut_links(struct job *job, const struct ticket *ticket, struct uuid other_id);
/* True when it was not there; false when it was, or the list is full (TICKET_WATCHERS_MAX). */
#define TICKET_WATCHERS_MAX 100
bool ticket_add_watcher(struct job *job, struct ticket *ticket, struct uuid account_id);
bool ticket_has_watcher(const struct ticket *ticket, const struct uuid *id);
bool ticket_remove_watcher(struct job *job, struct ticket *ticket, struct uuid account_id);

/* --- workflow.c ---------------------------------------------------------------------- */
enum ticket_op { TICKET_OP_EDIT, TICKET_OP_ASSIGN, TICKET_OP_MERGE };
bool ticket_permits(const struct ticket *ticket, enum ticket_op op);
/* Moves the ticket to another status with all that follows from it (resolved_at, closed_at, first response);
 * refuses what the table of transitions does not hold. Staying is fine. */
enum outcome ticket_move(struct job *job, struct ticket *ticket, enum ticket_status to);

/* May it be opened again? A closed one for 7 days. */
bool ticket_may_reopen(const struct job *job, const struct ticket *ticket);
/* Resolved or closed no longer: in progress when somebody has it, else open. */
void ticket_open_again(struct ticket *ticket);

/* --- assignee.c ---------------------------------------------------------------------- */
/* None: stays; cleared: nobody. Refuses who is no active agent. */
enum outcome ticket_hand_to(struct job *job, struct ticket *ticket, struct uuid wanted);
/* Emits ticket.assigned when somebody else has it now. */
void ticket_tell_assignee(struct job *job, const struct ticket *before, const struct ticket *after);

/* --- merging.c: what a merge brings to the other ticket, and takes back ---------------- */
void merging_bring(struct job *job, struct ticket *from, struct ticket *into);
void merging_take_back(struct job *job, struct ticket *from, struct ticket *into);
/* Is it merged into a ticket of another person's? */
bool merging_is_apart(const struct ticket *ticket);

/* --- sla.c: when a ticket is due, from its creation and priority (plain clock time). */
void sla_set(struct ticket *ticket);

/* --- one handler a command; each in a file of its name ---------------------------- */
#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/ticket.def"

#endif
