/* account.h - what a handler of the account worker works with.
 *
 * A handler assigns a profile's columns, emits events, or refuses. What changed is
 * found by comparing with the copy taken before it ran (sql/columns/profile.def): the
 * version follows from that.
 */
#ifndef WORKERS_ACCOUNT_ACCOUNT_H
#define WORKERS_ACCOUNT_ACCOUNT_H

#include <jansson.h>
#include "workers/job.h"
#include "workers/subject.h"

/* What an account says about itself; its id is the account's. */
struct profile {
	SUBJECT_HEAD;
#include "sql/columns/profile.def"
};

/* What somebody was told in the app. */
struct notification {
	SUBJECT_HEAD;
#include "sql/columns/notification.def"
};

/* What somebody has to say to one person. */
struct desk_notice {
	SUBJECT_HEAD;
#include "sql/columns/notice.def"
};

extern const struct subject_kind profile_kind, notification_kind, notice_kind;

/* The profile of this account, or NULL: there is no such account. */
struct profile *job_profile(const struct job *job, struct uuid account_id);

struct notification *job_notification(const struct job *job, struct uuid id);
/* The active account of that id or address; none: there is none. */
struct uuid notice_recipient(const struct job *job, struct text name);

/* What a batch collects beside profiles. */
struct account_world {
	/* zones.c: the time zones that there are, of those that the batch's commands name. */
	struct text *zones;
	int zone_count;
	struct db_result *rows;  /* between begin_load and end_load */
	struct id_set have_read; /* accounts that have read all their notifications */
	/* people.c, of the commands that need them, else NULL: the active administrators; open tickets of who has left.
	 */
	struct db_result *admins, *tickets;
	struct db_result *trail; /* person_erase_rest.c: what is left to blank, for each of its commands; else NULL */
};
void zones_begin_load(struct batch *batch, void *world);
void zones_end_load(struct batch *batch, void *world);
bool zones_have(const struct job *job, struct text name);

/* people.c - roles, leaving, and what that needs to know. */
void people_begin_load(struct batch *batch, void *world);
/* Whether there is no other active administrator, as the batch is by now. */
bool people_last_admin(const struct job *job, const struct profile *profile);
/* Gives the role, and emits user.role_changed. Refused: one's own; the last administrator's. */
enum outcome people_give_role(struct job *job, struct profile *profile, enum account_role role);
/* The account may not sign in any more, and its open tickets go to that one, or to nobody when it is none. Refused: the
 * last administrator; somebody who cannot work on tickets. */
enum outcome people_let_go(struct job *job, struct profile *profile, const struct uuid *hand_over_to);

/* person_delete.c: one's own account is not deleted; else the person is let go and gone. */
enum outcome people_delete(struct job *job, struct profile *profile, const struct uuid *hand_over_to);
/* person_erase.c: blanks the row, and asks for the rest. */
void people_blank(struct job *job, struct profile *profile);
/* person_erase_rest.c: how much of the trail is left, and what blanks it. */
void trail_begin_load(struct batch *batch, void *world);
void erased_store(struct batch *batch, void *world);

/* account_read_notifications.c: marks what they have read. */
void readers_store(struct batch *batch, void *world);

/* The preferences as JSON that the caller owns: an object, empty when nothing is chosen (queues/preferences.h). */
json_t *profile_preferences(const struct profile *profile);
/* Takes them over, and gives json back. False: nothing differs. */
bool profile_choose(struct job *job, struct profile *profile, json_t *json);

/* Emits profile.updated when a column differs. */
void profile_tell_update(struct job *job, const struct profile *before, const struct profile *after);

/* --- one handler a command; each in a file of its name ---------------------------- */
#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/accounts.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/notification.def"

#define COMMAND(id, ...) enum outcome id(struct job *job, const struct id *cmd);

#include "queues/notice.def"

#endif
