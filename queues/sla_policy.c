/* sla_policy.c - see sla_policy.h. */
#include "queues/sla_policy.h"

#include <string.h>

const char *const sla_target_names[SLA_TARGETS] = { "firstResponse", "nextResponse", "resolution" };
const char *const sla_target_words[SLA_TARGETS] = { "first_response", "next_response", "resolution" };

static bool is_among(const struct text_list *list, struct text item)
{
	for (int i = 0; i < list->count; i++)
		if (text_equal_nocase(list->items[i], item))
			return true;
	return false;
}

static bool fits_tags(const struct text_list *wanted, const struct text_list *tags)
{
	for (int i = 0; i < tags->count; i++)
		if (is_among(wanted, tags->items[i]))
			return true;
	return !wanted->count;
}

static struct text domain_of(struct text email)
{
	const char *at = email.len ? memrchr(email.data, '@', email.len) : NULL;

	return at ? (struct text){ at + 1, (size_t)(email.data + email.len - at - 1) } : TEXT_NONE;
}

static bool fits_requester(const struct sla_criteria *criteria, const struct sla_subject *subject)
{
	struct text domain = domain_of(subject->requester_email);

	if (!criteria->by_requester || (domain.len && is_among(&criteria->domains, domain)))
		return true;
	for (int i = 0; i < criteria->requester_count; i++)
		if (uuid_equal(&criteria->requesters[i], &subject->requester_id))
			return true;
	return false;
}

bool sla_policy_fits(const struct sla_policy *policy, const struct sla_subject *subject)
{
	const struct sla_criteria *criteria = &policy->criteria;

	return (!criteria->priorities || criteria->priorities & 1u << subject->priority) &&
	       (!criteria->categories.count || is_among(&criteria->categories, subject->category)) &&
	       fits_tags(&criteria->tags, &subject->tags) && fits_requester(criteria, subject);
}

const struct sla_policy *sla_policy_choose(
        const struct sla_policy *const *policies, int count, const struct sla_subject *subject)
{
	for (int i = 0; i < count; i++)
		if (sla_policy_fits(policies[i], subject))
			return policies[i];
	return NULL;
}
