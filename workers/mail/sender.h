/* sender.h - a thread that sends mail: what the ticker calls. */
#ifndef WORKERS_MAIL_SENDER_H
#define WORKERS_MAIL_SENDER_H

#include "workers/mail/route.h"
#include "workers/ticker.h"

struct sender_config {
	struct routes_config routes;
	struct mail_sender from;
	int64_t per_domain, rate_per_domain; /* sessions at a time; mails a minute, 0: any */
};

/* config lives as long as the process. False: TLS can't be set up. */
bool sender_open(struct ticker *t, const struct sender_config *config);
void sender_close(struct ticker *t);
bool sender_hold(struct ticker *t);
bool sender_work(struct ticker *t);

#endif
