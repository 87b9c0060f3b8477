/* webhook.h - what commands say about a webhook. */
#ifndef WORKERS_DESK_WEBHOOK_H
#define WORKERS_DESK_WEBHOOK_H

#include "workers/desk/desk.h"

/* What is absent stays as it is. */
struct webhook_given {
	struct text url;
	struct text_list events;
	struct text filter, note;
	enum flag ordered;
};
#define WEBHOOK_GIVEN(cmd)                                                                                             \
	{                                                                                                              \
		(cmd)->url, (cmd)->events, (cmd)->filter, (cmd)->note, (cmd)->ordered                                  \
	}

/* Takes it over, or refuses the field that is wrong. */
enum outcome webhook_put(struct job *job, struct desk_webhook *webhook, const struct webhook_given *given);

/* Another secret, that of the version after this command. The one before is good until then; 0: not at all. */
void webhook_renew_secret(struct desk_webhook *webhook, int64_t previous_until_us);

#endif
