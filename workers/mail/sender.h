/* sender.h - a thread that sends mail. */
#ifndef WORKERS_MAIL_SENDER_H
#define WORKERS_MAIL_SENDER_H

#include "workers/mail/mta.h"

struct sender_config {
	struct mta_url url;
	const char *ca_file;
	struct mail_sender from;
};

/* config lives as long as the process. False: TLS can't be set up. */
bool sender_start(const struct sender_config *config, int number);

#endif
