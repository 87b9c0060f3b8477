/* job.h - one command on its way through a lane, and what its handler may say.
 *
 * A handler is pure: it reads what was loaded, assigns fields, adds things, emits
 * events, or refuses. It sees no database, no broker and no clock; it frees
 * nothing. Its outcome is a word. When it refuses or dies, everything it recorded
 * is dropped and its subject is as it was (decide.c).
 */
#ifndef WORKERS_JOB_H
#define WORKERS_JOB_H

#include "base/arena.h"
#include "queues/contract.h"
#include "queues/envelope.h"
#include "workers/actors.h"

struct batch;
struct subject_set;

enum outcome {
	JOB_DONE,
	JOB_REFUSED, /* recorded and answered; changes nothing */
	JOB_DEAD,    /* nobody can apply it: kept as a dead letter for a person to look at */
	JOB_RETRY,   /* later, by a row with next_attempt_at; never in a lane */
};

/* An event as recorded; rendered when the job is done and the version is known. */
struct emitted {
	enum event_id id;
	const void *members;
	struct uuid subject_id; /* about another subject than the job's, at subject_version; none: the job's own */
	int64_t subject_version;
	struct emitted *next;
};

/* What goes out through the outbox in the desk's own name: a command for another lane, or work for another worker. */
struct sent {
	enum command_id id;
	enum work_id work;
	bool is_work;
	const char *queue; /* NULL: the lane of subject_id, of the worker's own queues */
	const void *fields;
	struct uuid subject_id;
	struct sent *next;
};

/* A subject beside the job's own that the job changes (subject_touch). */
struct touched {
	struct subject_set *set;
	void *subject, *before;
	struct touched *next;
};

/* What the world is told of a command: kept in the inbox, sent to whoever waits. */
struct result {
	int status;
	enum problem_code code;
	struct text detail;
	struct text pointer; /* the member at fault, "/assigneeId", or none */
	struct text ignored; /* JSON list of members that the role may not set (lenient), or none */
	struct uuid subject_id;
	int64_t version;
};

struct job {
	struct batch *batch;
	struct subject_set *set; /* of the kind that the command is about; NULL: unknown type */
	const struct message *message;
	struct envelope envelope;
	struct span *span;             /* of this try; NULL: nobody keeps it */
	const struct command *command; /* NULL: unknown type */
	void *fields;                  /* struct of the command's name */
	const struct account *actor;   /* NULL: Guichet itself, or nobody we know */

	enum outcome outcome;
	struct result result;
	struct uuid subject_id; /* what its events are about; none: the subject does not exist */
	int64_t subject_version;
	bool answered;               /* from the inbox, or as a double: nothing to decide or store */
	const struct job *double_of; /* same id earlier in the batch */
	const char *death;           /* why JOB_DEAD; a literal or in the batch's arena */
	bool unkept; /* dead, and without an inbox row: its id is malformed, or of a day that the inbox does not keep */
	struct emitted *events, **events_end;
	struct sent *sent, **sent_end;
	struct touched *touched;
};

/* The batch's own clock, microseconds: the database's now(). */
int64_t job_now(const struct job *job);
/* When the thing happened for the one who asked: min(accepted_at, now). */
int64_t job_time(const struct job *job);
struct arena *job_arena(const struct job *job);

/* Ends the handler: return job_refuse(...). detail is for a person, in English. */
enum outcome job_refuse(struct job *job, enum problem_code code, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* The same with the member that is at fault, as a snake_case field name. */
enum outcome job_refuse_field(struct job *job, const char *field, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* The same with a pointer (RFC 6901) to what is deeper in a member. */
enum outcome job_refuse_at(struct job *job, const char *pointer, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* The same for one item of a field that is a list. */
enum outcome job_refuse_item(struct job *job, const char *field, int item, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
/* Lenient: the field counts as not given, and the answer says so. */
void job_ignore(struct job *job, const struct field *field);
enum outcome job_die(struct job *job, const char *why);

/* EMIT(job, ticket_assigned, .assignee_id = id): recorded in order. */
void job_emit(struct job *job, enum event_id id, const void *members, size_t bytes);
/* The same about another subject, which the command has made or changed, at the version that it will have. */
void job_emit_about(
        struct job *job, enum event_id id, struct uuid subject_id, int64_t version, const void *members, size_t bytes);
#define EMIT(job, event, ...) job_emit((job), EVENT_##event, &(struct event){ __VA_ARGS__ }, sizeof(struct event))

#define EMIT_ABOUT(job, event, about, ...)                                                                             \
	job_emit_about((job), EVENT_##event, (about)->id, (about)->version + 1, &(struct event){ __VA_ARGS__ },        \
	        sizeof(struct event))

/* SEND(job, ticket_note, id of the other, .ticket_id = ...): another subject learns of this one, by a command in its
 * lane. The command's id follows from this job's, so that it is one command however often this one is tried. */
void job_send(struct job *job, enum command_id id, struct uuid subject_id, const void *fields, size_t bytes);
#define SEND(job, name, subject_id, ...)                                                                               \
	job_send((job), COMMAND_##name, (subject_id), &(struct name){ __VA_ARGS__ }, sizeof(struct name))
/* SEND_TO(job, account_x, "cmd.account", ...): the same into a queue by its name, which may be another worker's. */
void job_send_to(struct job *job, enum command_id id, const char *queue, const void *fields, size_t bytes);
#define SEND_TO(job, name, queue, ...)                                                                                 \
	job_send_to((job), COMMAND_##name, (queue), &(struct name){ __VA_ARGS__ }, sizeof(struct name))
/* HAND_ON(job, file_scan, "work.scan", .file_id = id): a row of the outbox for another worker, in the same way. */
void job_hand_on(struct job *job, enum work_id id, const char *queue, const void *members, size_t bytes);
#define HAND_ON(job, name, queue, ...)                                                                                 \
	job_hand_on((job), WORK_##name, (queue), &(struct name){ __VA_ARGS__ }, sizeof(struct name))
/* An id that follows from the job's, for a thing that it makes beside what the client minted. */
struct uuid job_mint(const struct job *job, const char *label);

/* Drops what the job has emitted, sent and touched so far; a new job has done nothing of that. */
void job_forget(struct job *job);

/* The account, or NULL: no such account. */
const struct account *job_account(const struct job *job, struct uuid id);

/* A handler as a table holds it: fields is the command's struct. */
typedef enum outcome handler_fn(struct job *job, const void *fields);

#endif
