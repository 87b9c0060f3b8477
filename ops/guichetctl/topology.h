/* topology.h - what the broker shall hold, and where it differs from what it holds.
 *
 * Both are in the shape of the management API's "definitions": an object with a
 * list for each of vhosts, users, permissions, policies, exchanges, queues and
 * bindings. So one GET tells all there is, and one POST makes all that is missing.
 */
#ifndef OPS_GUICHETCTL_TOPOLOGY_H
#define OPS_GUICHETCTL_TOPOLOGY_H

#include <jansson.h>
#include "base/arena.h"
#include "base/text.h"

/* queues/topology.def for that vhost, and a user for each program of queues/programs.def. Users whose password is not
 * in secrets come without one (and a "password" member instead of a hash: see topology_compare). */
json_t *topology_wanted(const char *vhost, const char *admin, struct text secrets);

enum topology_kind {
	TOPOLOGY_MISSING,
	TOPOLOGY_DIFFERENT, /* and can be changed in place */
	TOPOLOGY_CONFLICT,  /* exists otherwise, and cannot be changed: it must be deleted first */
	TOPOLOGY_UNKNOWN,   /* a user that is missing, and no password for it is known */
};

struct topology_difference {
	enum topology_kind kind;
	const char *what; /* "queue" */
	char *name;
	char *member; /* of DIFFERENT and CONFLICT: the first that differs */
	struct topology_difference *next;
};

/* What of wanted is not so in actual, in the order of creation; NULL: nothing. *out_missing
 * becomes the definitions that make it so (without conflicts); the caller's reference. */
struct topology_difference *topology_compare(
        struct arena *arena, const json_t *wanted, const json_t *actual, json_t **out_missing);

/* The users of Redis, each a line as its aclfile has it. The program whose password is not in secrets; NULL: all are.
 */
const char *topology_redis(struct text secrets, struct buffer *out);

#endif
