/* doctor.h - what is wrong with this installation, and what to do about it.
 *
 *   report = doctor_look(arena, &(struct doctor_wishes){ .disk_min_bytes = 5 GB });
 *   for (int i = 0; i < report->count; i++)
 *   	... report->findings[i].sentence ...
 *
 * Everything that Guichet needs is asked side by side, a thread each, and whoever does not answer in time is
 * itself a finding: the whole takes less than ten seconds, whatever is black-holed. It changes nothing, but for a file
 * of 4 KiB without a name in each folder that must be writable. What follows from another finding is left out, so that
 * the cause stands alone: of a stopped broker there is one line, and none for each program that misses it.
 *
 * Nothing here prints, ends the process, or is shared by two callers but the settings.
 */
#ifndef OPS_DOCTOR_DOCTOR_H
#define OPS_DOCTOR_DOCTOR_H

#include <stdbool.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/settings.h"

enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_WARN, /* it can wait for the morning */
	DOCTOR_FAIL, /* it cannot */
};

struct doctor_finding {
	const char *id; /* a stable word: "broker.memory_alarm" */
	enum doctor_verdict verdict;
	const char *what;     /* "broker" */
	const char *sentence; /* what is wrong, with the figures; never a password */
	const char *todo;     /* what to do; NULL: nothing */
	/* The thing it is about ("broker", "queue cmd.desk", "program mail"), and those whose trouble would explain it.
	 */
	const char *subject, *because[2];
};

struct doctor_report {
	struct doctor_finding *findings; /* the worst first */
	int count;
	int oks, warns, fails;
};

struct doctor_wishes {
	bool quick; /* ask neither mail servers, clamd nor S3, and write nothing */
	int64_t disk_min_bytes;
};

#define DOCTOR_DISK_MIN_MB 5120

/* All optional: what is not set is not looked at, and that is said. */
extern struct setting doctor_settings[];

struct doctor_report *doctor_look(struct arena *arena, const struct doctor_wishes *wishes);

const char *doctor_word(enum doctor_verdict verdict); /* "ok", "warn", "fail" */

#endif
