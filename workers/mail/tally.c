/* tally.c - see tally.h.
 *
 * The first DOMAINS that a process sends to have series of their own until it ends; whatever comes after them is
 * "other". So who writes to ever new domains makes no more series, and no counter ever goes back.
 */
#include "workers/mail/tally.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/metrics.h"

#define DOMAINS 40
#define DOMAIN_BYTES 64

static const char *const words[] = { [MAIL_SENT] = "sent", [MAIL_DEFERRED] = "deferred", [MAIL_FAILED] = "failed" };
static const struct metric outcomes = { .name = "guichet_mail_outcomes_total",
	.kind = METRIC_COUNTER,
	.help = "Outcomes of attempts to send a mail, by domain; beyond some domains \"other\"" };

static struct domain {
	char name[DOMAIN_BYTES];
	struct metric *_Atomic outcomes[sizeof words / sizeof *words];
} domains[DOMAINS + 1] = { [DOMAINS] = { .name = "other" } };
static int count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* A name that can stand in a label; false: it is too long, or no plain name. */
static bool read_domain(struct text address, char out[DOMAIN_BYTES])
{
	const char *at = address.len ? memrchr(address.data, '@', address.len) : NULL;
	size_t len = at ? (size_t)(address.data + address.len - at - 1) : 0;

	if (!len || len >= DOMAIN_BYTES)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = at[i + 1];

		out[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789.-", out[i]) || !out[i])
			return false;
	}
	out[len] = 0;
	return true;
}

static struct domain *find(const char *name)
{
	struct domain *found = &domains[DOMAINS];

	pthread_mutex_lock(&lock);
	for (int i = 0; i < count; i++)
		if (strcmp(domains[i].name, name) == 0)
			found = &domains[i];
	if (found == &domains[DOMAINS] && count < DOMAINS) {
		found = &domains[count++];
		strcpy(found->name, name);
	}
	pthread_mutex_unlock(&lock);
	return found;
}

void tally_mail(const struct mail *mail)
{
	char name[DOMAIN_BYTES];
	struct domain *domain = read_domain(mail->recipient, name) ? find(name) : &domains[DOMAINS];

	metric_add(metric_made(&domain->outcomes[mail->outcome], &outcomes, "{domain=\"%s\",outcome=\"%s\"}",
	                   domain->name, words[mail->outcome]),
	        1);
}
