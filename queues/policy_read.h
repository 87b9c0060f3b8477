/* policy_read.h - a policy of promises from JSON, as it stands in a row of sla_policies and as people write it:
 *
 *   {"criteria": {"priority": ["high"], "category": ["network"], "tag": ["vip"],
 *                 "requester": ["@example.org", "01890000-0000-7000-8000-000000000001"]},
 *    "targets": {"urgent": {"firstResponse": 1800, "nextResponse": 3600, "resolution": 7200}, "high": {}},
 *    "warnings": [75, 90],
 *    "escalations": [{"target": "resolution", "after": -1800, "notify": ["assignee", "role:manager"],
 *                     "raisePriority": true, "assignTo": "role:manager"}],
 *    "autoCloseAfter": 86400, "reminders": [86400, 259200]}
 *
 * Times are seconds; null, and what is missing, is no promise. "name" and "calendarId" may stand beside these.
 */
#ifndef QUEUES_POLICY_READ_H
#define QUEUES_POLICY_READ_H

#include <jansson.h>
#include "queues/sla_policy.h"

struct policy_fault {
	char pointer[96]; /* into the policy (RFC 6901), "" is all of it */
	const char *detail;
};

/* In the arena, which copies what it needs of the JSON; without a calendar, an id or a version. NULL, with what is
 * wrong first. */
struct sla_policy *policy_read(struct arena *arena, const json_t *json, struct policy_fault *out_fault);

#endif
