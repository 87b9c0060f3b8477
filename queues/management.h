/* management.h - RabbitMQ's management API: JSON there and back over one kept connection. */
#ifndef QUEUES_MANAGEMENT_H
#define QUEUES_MANAGEMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/settings.h"

struct management;

/* The row for RABBITMQ_MANAGEMENT_URL: http://user:password@host:15672. */
extern struct setting management_settings[];

enum management_verdict {
	MANAGEMENT_FINE,
	MANAGEMENT_AWAY,    /* no answer, or it is still starting: try again */
	MANAGEMENT_REFUSED, /* it answered, and would not */
};

/* Never NULL; connects with the first call. */
struct management *management_open(struct arena *arena);
/* The same for another URL of that kind. */
struct management *management_open_at(struct arena *arena, const char *url);
/* The same as the user of amqp_url (of the first, when there are several), at http[s]://host:15672 where; "": on its
 * host, at the port that RabbitMQ has for it, by TLS when amqp_url is. */
struct management *management_open_as(struct arena *arena, const char *amqp_url, const char *where);
void management_close(struct management **management);
/* No call takes longer, and no answer is larger; a minute and 64 MB, unless this says otherwise. */
void management_limit(struct management *m, int64_t ms, size_t most);

/* path: behind /api, encoded. *out: the caller's reference. */
enum management_verdict management_get(struct management *m, const char *path, json_t **out);
enum management_verdict management_post(struct management *m, const char *path, const json_t *body);

/* Why the last call was not fine; never a password. */
const char *management_error(const struct management *m);
/* Who the URL says we are, decoded; "" when it does not. */
const char *management_user(const struct management *m);

/* One segment of a path, percent-encoded (RFC 3986 section 2.1). */
char *management_encode(struct arena *arena, const char *segment);

#endif
