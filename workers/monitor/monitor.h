/* monitor.h - what the monitor keeps between two looks.
 *
 *   look.c    database and broker ─► what was seen, one JSON object (Dashboard of queues/answers.def)
 *   queues.c, programs.c          its parts that need a memory: ages, rates, since when
 *   alert.c   held against alerts.def ─► what is wrong
 *   record.c  the object, the figures and the alerts into the database, and what has changed told
 *   figures.c the same as metrics
 *
 * While the database is away all but record.c goes on, and the object goes to those who listen at Redis.
 */
#ifndef WORKERS_MONITOR_MONITOR_H
#define WORKERS_MONITOR_MONITOR_H

#include <jansson.h>
#include "queues/management.h"
#include "queues/programs.h"
#include "workers/monitor/alert.h"
#include "workers/monitor/watch.h"
#include "workers/ticker.h"

#define MONITOR_QUEUES_MOST 64
#define MONITOR_PROGRAMS_MOST 32

extern struct setting monitor_settings[]; /* MONITOR_WITHOUT, MONITOR_BROKER */
const char *monitor_management_url(void);

/* Since when it is so, monotonic; 0: it is not. */
struct program_watch {
	int64_t missing_ms, degraded_ms;
};

struct monitor {
	struct management *api;
	struct arena *lasting; /* the api's */
	const char *vhost;     /* percent-encoded */
	struct queue_watch queues[MONITOR_QUEUES_MOST];
	int queue_count;
	struct program_watch programs[MONITOR_PROGRAMS_MOST];
	struct alerts alerts;
	json_t *seldom; /* what is asked for every half minute */
	int64_t look_after_ms, seldom_after_ms, series_after_ms, forget_after_ms;
	int64_t database_down_ms, broker_down_ms; /* since when; 0: it answers */
};

/* --- main.c hands these to the ticker ------------------------------------------------- */
bool monitor_open(struct ticker *t);
void monitor_close(struct ticker *t);
bool monitor_hold(struct ticker *t);
bool monitor_work(struct ticker *t);
void monitor_rest(struct ticker *t);

/* --- look.c: everything that can be seen now; the caller's. says: why the database gave nothing, when it did not. */
json_t *monitor_see(struct monitor *m, json_t *from_database, const char *says, struct arena *arena);

/* --- seen.c: JSON in the arena; the object of a list whose member says so, or NULL; seconds since when it is so, 0
 * when it is not. */
struct text monitor_dump(const json_t *seen, struct arena *arena);
const json_t *monitor_find(const json_t *list, const char *member, const char *name);
int64_t monitor_since_s(int64_t *since_ms, bool is_so, int64_t now_ms);

/* --- surroundings.c: disks and certificates of this machine */
extern struct setting surroundings_settings[]; /* MONITOR_DISKS, MONITOR_CERTIFICATES */
void monitor_see_surroundings(json_t *seen, struct arena *arena);

/* --- queues.c, programs.c: add their parts to what was seen. */
void monitor_see_queues(struct monitor *m, json_t *seen, int64_t now_ms);
void monitor_see_programs(struct monitor *m, json_t *seen, int64_t now_ms);

/* --- record.c: one transaction; text: what was seen, as JSON. False: the database failed. */
bool monitor_record(struct ticker *t, const json_t *seen, struct text text);
/* Reads which alerts are open, when this process begins to look. */
bool monitor_remember(struct ticker *t);

/* --- figures.c */
void monitor_figures(const struct monitor *m, const json_t *seen);

#endif
