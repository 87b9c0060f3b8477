/* place.h - where in a log a reader is: "<day>_<xid>_<id>", as GET /events says it in nextCursor.
 *
 * Everything up to (xid, id) is behind him. The day tells whether what comes next may have been dropped.
 */
#ifndef INGRESS_STREAM_PLACE_H
#define INGRESS_STREAM_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

#define PLACE_BYTES 52

struct place {
	char day[9]; /* YYYYMMDD */
	uint64_t xid;
	int64_t id;
};

/* False, and out untouched: it is none. */
bool place_read(struct text said, struct place *out);
void place_write(const struct place *place, char out[PLACE_BYTES]);
/* Below, at or above zero, as a is before, at or behind b. */
int place_compare(const struct place *a, const struct place *b);

#endif
