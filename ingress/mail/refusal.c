/* refusal.c - see refusal.h. */
#include "ingress/mail/refusal.h"

#include "base/metrics.h"

#define REFUSED(reason_)                                                                                               \
	{                                                                                                              \
		.name = "guichet_mail_refused_total", .labels = "{reason=\"" reason_ "\"}", .kind = METRIC_COUNTER,    \
		.help = "Mail, or those who brought it, that was refused for good or for now"                          \
	}

static struct metric refused[REFUSAL_COUNT] = {
	[REFUSAL_PEER] = REFUSED("peer"),
	[REFUSAL_PROTOCOL] = REFUSED("protocol"),
	[REFUSAL_RECIPIENT] = REFUSED("recipient"),
	[REFUSAL_SIZE] = REFUSED("size"),
	[REFUSAL_SMUGGLED] = REFUSED("smuggled"),
	[REFUSAL_DATABASE] = REFUSED("database"),
	[REFUSAL_DISK] = REFUSED("disk"),
	[REFUSAL_BUSY] = REFUSED("busy"),
};

void refusal_count(enum refusal reason)
{
	metric_add(&refused[reason], 1);
}
