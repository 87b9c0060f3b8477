/* alert.h - what is wrong now: alerts.def held against what was seen, and for how long it has been so.
 *
 *   pending ─ long enough ─► firing ─ not seen for a while ─► over
 *
 * Pure but for the ids: who calls says what time it is, writes down what has changed (record.c) and says when it has.
 */
#ifndef WORKERS_MONITOR_ALERT_H
#define WORKERS_MONITOR_ALERT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/text.h"
#include "base/uuid.h"
#include "queues/contract.h"

#define ALERTS_MOST 256
#define ALERT_SUBJECT_BYTES 256

struct alert_row {
	const char *name;
	enum alert_severity severity;
	int for_s;
	const char *list, *subject, *member;
	double more_than;
	const char *french, *french_todo, *english, *english_todo;
};

extern const struct alert_row alert_rows[];
extern const int alert_row_count;

struct alert {
	const struct alert_row *row;
	char subject[ALERT_SUBJECT_BYTES]; /* "": it concerns all */
	struct uuid id;                    /* once it fires */
	int64_t since_us;                  /* of the database's time, about */
	int64_t since_ms, seen_ms;         /* monotonic; seen_ms may lie ahead: it counts as seen until then */
	bool firing, over;
	bool written; /* the database knows that it fires */
	double value;
	json_t *object; /* what it was seen in; its own */
};

struct alerts {
	struct alert all[ALERTS_MOST];
	int count;
};

/* Holds the rows against what was seen. What could not be looked at (the list or the member is not there, or null) is
 * not over.
 */
void alerts_look(struct alerts *alerts, const json_t *snapshot, int64_t now_ms, int64_t now_us);
/* What the database knew is what it says now: another process may have looked in between. Before alerts_remember(). */
void alerts_disown(struct alerts *alerts);
/* One that the database says is open, as one that is still seen for as long as it takes to see it anew; false: no row
 * has that name any more. */
bool alerts_remember(
        struct alerts *alerts, struct text name, struct text subject, struct uuid id, int64_t since_us, int64_t now_ms);
/* All that is over, and not or no longer known to the database, goes. */
void alerts_forget(struct alerts *alerts);
void alerts_clear(struct alerts *alerts);

/* One of the row's texts, with what the braces name; in the arena. */
struct text alert_says(const struct alert *alert, const char *pattern, struct arena *arena);
/* Those that fire, as the API shows them (Alert of queues/answers.def) but for what only the database knows. */
json_t *alerts_json(const struct alerts *alerts, struct arena *arena);

#endif
