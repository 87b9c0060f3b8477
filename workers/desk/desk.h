/* desk.h - what a handler of the desk worker works with: calendars, policies, schedules, texts, webhooks and mailboxes,
 * all of them.
 *
 * Calendars and policies are rows with a body of JSON, which queues/calendar_read.h and queues/policy_read.h read. A
 * handler changes a member of the body, has the whole read again, and refuses with a pointer to what is wrong. Each
 * change becomes a version that stays (versions.c).
 */
#ifndef WORKERS_DESK_DESK_H
#define WORKERS_DESK_DESK_H

#include <jansson.h>
#include "workers/job.h"
#include "workers/subject.h"

/* Of calendars, and of policies. */
#define DESK_MOST 100

struct desk_calendar {
	SUBJECT_HEAD;
#include "sql/columns/calendar.def"
};

struct desk_policy {
	SUBJECT_HEAD;
#include "sql/columns/policy.def"
};

struct desk_schedule {
	SUBJECT_HEAD;
#include "sql/columns/schedule.def"
};

struct desk_texts {
	SUBJECT_HEAD;
#include "sql/columns/texts.def"
};

struct desk_webhook {
	SUBJECT_HEAD;
#include "sql/columns/webhook.def"
};

struct desk_mailbox {
	SUBJECT_HEAD;
#include "sql/columns/mailbox.def"
};

extern const struct subject_kind calendar_kind, policy_kind, schedule_kind, template_kind, webhook_kind, mailbox_kind;
/* The policy that is always there, and last (sql/migrations/0020_time.sql). */
extern const struct uuid default_policy;

struct desk_calendar *job_calendar(const struct job *job, struct uuid id);
struct desk_policy *job_policy(const struct job *job, struct uuid id);
struct desk_schedule *job_schedule(const struct job *job, struct uuid id);
struct desk_webhook *job_webhook(const struct job *job, struct uuid id);
struct desk_mailbox *job_mailbox(const struct job *job, struct uuid id);

/* --- versions.c: what has changed in a batch, version by version ------------------------ */
struct change {
	const struct subject_kind *kind;
	struct subject subject;
	struct uuid calendar_id, actor;
	struct text name, body;
	struct change *next;
};

/* The world of a kind begins with it. */
struct changes {
	struct change *last;
};

void changes_add(struct job *job, const struct change *change);
void changes_store(struct batch *batch, void *world);

/* --- body.c: the JSON of a row -------------------------------------------------------------- */
/* The body as an object that the caller owns; {} where there is none yet. */
json_t *body_open(struct text body);
/* A member anew, when it is given; false: what is given is no JSON. */
bool body_put(json_t *body, const char *member, struct text given);
/* Its text, which is the one before when nothing differs. The body is given back. */
struct text body_close(json_t *body, struct text before, struct arena *arena);
/* The members that differ, and "name" when that does. */
struct text_list body_changes(struct text before, struct text after, struct arena *arena);
void changed_also(struct text_list *changed, const char *member);

/* Refuses a name that another of the kind has, in whatever case. name is the first column of both kinds. */
enum outcome refuse_name(struct job *job, const struct subject *own, struct text name);
/* Refuses one more than DESK_MOST. */
enum outcome refuse_one_more(struct job *job);

/* --- one handler a command; each in a file of its name ------------------------------------------ */
#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/calendar.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/policy.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/schedule.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/template.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/webhook.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/mailbox.def"

#endif
