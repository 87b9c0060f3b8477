/* policy.h - what commands say about a policy. */
#ifndef WORKERS_DESK_POLICY_H
#define WORKERS_DESK_POLICY_H

#include "queues/policy_read.h"
#include "workers/desk/desk.h"

/* What is absent stays as it is; calendar_id and auto_close_after may be cleared. */
struct policy_given {
	struct text name;
	struct uuid calendar_id;
	struct text criteria, targets, warnings, escalations;
	int64_t auto_close_after;
	struct text reminders;
};

#define POLICY_GIVEN(cmd)                                                                                              \
	{                                                                                                              \
		(cmd)->name, (cmd)->calendar_id, (cmd)->criteria, (cmd)->targets, (cmd)->warnings, (cmd)->escalations, \
		        (cmd)->auto_close_after, (cmd)->reminders                                                      \
	}

/* Takes it over, or refuses with a pointer to what is wrong. */
enum outcome policy_put(struct job *job, struct desk_policy *policy, const struct policy_given *given);

/* Takes over a body that was changed, which it gives back. cut: so much of the pointer to what is wrong is not what the
 * client wrote. */
enum outcome policy_put_body(struct job *job, struct desk_policy *policy, json_t *body, size_t cut);

/* Emits policy.updated with what differs; nothing when that is nothing. */
void policy_tell_update(struct job *job, const struct desk_policy *before, const struct desk_policy *after);

bool policy_is_default(const struct desk_policy *policy);
/* The store puts all policies into the order of their positions. */
void policy_order_changed(struct job *job);

#endif
