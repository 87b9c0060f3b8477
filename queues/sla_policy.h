/* sla_policy.h - what is promised about a ticket: within how much working time, and what happens before and after.
 *
 * Policies stand in an order, and the first that fits a ticket governs it. A budget of 0 is no promise: there is no
 * such clock. Amounts are microseconds of working time, in the policy's calendar.
 */
#ifndef QUEUES_SLA_POLICY_H
#define QUEUES_SLA_POLICY_H

#include "base/calendar.h"
#include "queues/catalogue.h"

enum sla_target { SLA_FIRST_RESPONSE, SLA_NEXT_RESPONSE, SLA_RESOLUTION, SLA_TARGETS };

/* firstResponse and first_response: in JSON, and in columns. */
extern const char *const sla_target_names[SLA_TARGETS];
extern const char *const sla_target_words[SLA_TARGETS];

enum { SLA_WARNINGS = 8, SLA_ESCALATIONS = 16, SLA_NOTIFIED = 8, SLA_REMINDERS = 8 };

enum sla_whom { SLA_NOBODY, SLA_ASSIGNEE, SLA_ROLE, SLA_ACCOUNT };

struct sla_person {
	enum sla_whom whom;
	enum account_role role; /* of SLA_ROLE: everybody who has it */
	struct uuid account_id; /* of SLA_ACCOUNT */
};

struct sla_escalation {
	enum sla_target target;
	int64_t after_us; /* after the deadline; less than 0: before it */
	struct sla_person notify[SLA_NOTIFIED];
	int notify_count;
	bool raise_priority;
	struct sla_person assign_to; /* nobody, an account, or somebody of a role */
};

/* Empty: whatever it is. */
struct sla_criteria {
	unsigned priorities; /* a bit for each enum ticket_priority */
	struct text_list categories, tags;
	struct text_list domains; /* of the requester's address, lower case, without the @ */
	struct uuid *requesters;
	int requester_count;
	bool by_requester; /* one of domains or requesters it must be */
};

struct sla_policy {
	struct uuid id, calendar_id; /* calendar_id of zeroes: every hour counts */
	int version, calendar_version;
	struct text name;
	const struct calendar *calendar;
	struct sla_criteria criteria;
	int64_t budget_us[ticket_priority_count][SLA_TARGETS];
	int warnings[SLA_WARNINGS]; /* percent of a budget, ascending */
	int warning_count;
	struct sla_escalation escalations[SLA_ESCALATIONS];
	int escalation_count;
	int64_t auto_close_us;               /* after it was resolved, by the clock on the wall; 0: never */
	int64_t reminders_us[SLA_REMINDERS]; /* since it waits for the user, likewise, ascending */
	int reminder_count;
};

/* What a policy is chosen by. */
struct sla_subject {
	enum ticket_priority priority;
	struct text category;
	struct text_list tags;
	struct uuid requester_id;
	struct text requester_email;
};

bool sla_policy_fits(const struct sla_policy *policy, const struct sla_subject *subject);

/* The first that fits; NULL: none does. */
const struct sla_policy *sla_policy_choose(
        const struct sla_policy *const *policies, int count, const struct sla_subject *subject);

#endif
