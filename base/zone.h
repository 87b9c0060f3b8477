/* zone.h - time zones: the offset from UTC at any instant, from the system's tzdata (TZif, RFC 8536).
 *
 * No state of the C library is touched, so any number of zones can be used at once, by any thread. A zone is read into
 * an arena and never changes; whoever keeps it asks zone_is_fresh() whether the system's file is still the one it was.
 */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"

/* The first and the last instant that zones and calendars know, in seconds since 1970 (UTC): 1900 and 2200. */
#define ZONE_FIRST (-2208988800LL)
#define ZONE_LAST 7258118400LL

/* From an instant on (seconds since 1970) until the next change: so many seconds are added to UTC. */
struct zone_change {
	int64_t at;
	int32_t offset;
};

struct zone {
	const char *name;
	const struct zone_change *changes; /* ascending; the first is at ZONE_FIRST, none is after ZONE_LAST */
	int count;
	/* The file it was read from. */
	const char *path;
	int64_t file_mtime_ns, file_inode;
};

/* A zone by its name in the time zone database, like Europe/Paris. NULL with a literal in *out_why when there is none
 * such. Reads one small file; the folder is that of TZDIR, else /usr/share/zoneinfo. */
const struct zone *zone_read(struct arena *arena, struct text name, const char **out_why);

/* Whether the file is still the one that was read: one stat(). */
bool zone_is_fresh(const struct zone *zone);

/* The place of the change that counts at that instant, between ZONE_FIRST and ZONE_LAST: a binary search. */
int zone_change_at(const struct zone *zone, int64_t unix_s);

#endif
