/* vhost.h - which vhost of the broker is ours: the path of AMQP_URL. */
#ifndef QUEUES_VHOST_H
#define QUEUES_VHOST_H

#include "base/arena.h"
#include "base/settings.h"

/* The row for AMQP_URL: its path counts, and for status whom it names. */
extern struct setting vhost_settings[];
/* As it was set; "" when it was not. */
const char *vhost_amqp_url(void);

/* Decoded, in the arena. "guichet" when AMQP_URL is not set or has no path; NULL when the path cannot be read. */
char *vhost_name(struct arena *arena);
/* The same for a given URL (the first, when there are several with commas between). */
char *vhost_of_url(struct arena *arena, const char *url);

#endif
