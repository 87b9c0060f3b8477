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
#include "workers/ticket/clocks.h"

struct ticket {
	SUBJECT_HEAD;
#include "sql/columns/ticket.def"
	struct clocks sla;            /* what its column clocks says, as it is now */
	struct text owner_email;      /* of a ticket that was loaded */
	bool reworded;                /* what it says was rewritten, or it was merged: its search words are made anew */
	struct text living_end;       /* of a merged ticket: the name of the one that lives in the end */
	struct text assignee_name;    /* for ticket.assign alone */
	struct id_set staff_watchers; /* of the watchers that were loaded; for ticket.merge alone */
};

struct file {
	SUBJECT_HEAD;
#include "sql/columns/file.def"
	bool is_internal; /* hangs on an internal comment */
};

struct comment {
	struct uuid id, ticket_id;
	int64_t seq;
	struct uuid author_id; /* none: the desk itself */
	bool is_internal;
	int64_t created_at;
	struct text content;
	struct uuid command_id;
	struct uuid inbound_id;   /* the mail it came by; none: it did not, or that was not loaded */
	struct uuid split_into;   /* the ticket that it became, or none */
	struct text split_number; /* of that ticket */
	int64_t file_count;       /* that came with it */
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

/* ticket_comment.c, for a word in public: its owner wants the ticket to be worked on; what the clocks make of it. */
void ticket_take_up(struct job *job, struct ticket *ticket, struct comment *comment);
void ticket_count_word(struct job *job, struct ticket *ticket);

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

/* --- sla.c: the clocks of a ticket --------------------------------------------------------
 * What follows from the ticket's columns follows by itself (subject_kind.follow); a handler calls sla_follow when it
 * wants to tell of it. */
void sla_follow(struct job *job, struct ticket *ticket);
/* Said in public, by staff or by whom it is for. */
void sla_reply(struct job *job, struct ticket *ticket);
void sla_ask(struct job *job, struct ticket *ticket);

/* RFC 3339, for an event; TEXT_NONE for 0. */
struct text sla_instant(const struct job *job, int64_t us);

/* --- escalation.c: does what has become due by the clocks; false: nothing has --------------- */
bool escalation_act(struct job *job, struct ticket *ticket);

/* --- timers.c: what a ticket is woken for ------------------------------------------------- */
/* When the next of it is due; 0: never. */
int64_t timers_wanted(const struct ticket *ticket, enum timer_kind kind);
/* Writes into ticket->sla what is to stand in timers. */
void timers_follow(struct ticket *ticket);

/* --- kind.c: refuses to work on what was merged, but for who may go on apart ------------- */
enum outcome ticket_refuse_merged(struct job *job, const struct ticket *ticket);

/* --- files.c: files on a ticket, and what they count there -------------------------------- */
extern struct setting files_settings[];
struct file *job_file(const struct job *job, struct uuid id);
/* The file's ticket, deleted or not; NULL: it waits for one. */
struct ticket *file_ticket(const struct job *job, const struct file *file);
/* Refuses when so many more files of so many bytes in all are too much for the ticket. */
enum outcome files_fit(struct job *job, const struct ticket *ticket, int64_t count, int64_t bytes);
/* The ticket counts the file, or counts it no more; what its history then says of the file, added or gone. */
void file_add_to(struct job *job, const struct file *file, struct ticket *ticket);
void file_take_from(struct job *job, const struct file *file, struct ticket *ticket, struct text why);
/* Hangs the actor's own files that wait for a ticket on this one, or on its comment (NULL: none); refuses, with a
 * pointer to the item, what is no such file. */
enum outcome files_attach(
        struct job *job, struct ticket *ticket, struct comment *comment, const struct text_list *file_ids);
/* The same for what came by mail, where nobody can choose again: hangs as many there as fit, and leaves the rest.
 * Returns those that hang there. */
struct text_list files_attach_fitting(
        struct job *job, struct ticket *ticket, struct comment *comment, const struct text_list *file_ids);
/* Tells staff, by an internal comment of the desk's, that so many files are in the mail alone; of none nothing. */
void files_tell_left(struct job *job, struct ticket *ticket, int64_t count);
/* The same list for an event, where an empty one is said, too. */
struct text_list files_told(struct job *job, const struct text_list *file_ids);
/* What came with a comment goes with it to the ticket that the comment has become. */
void files_follow(struct job *job, const struct comment *comment, struct ticket *from, struct ticket *to);

/* --- one handler a command; each in a file of its name ---------------------------- */
#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/ticket.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/file.def"

#endif
