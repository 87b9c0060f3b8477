/* examiner.h - one examination: what it may use, and how it says what it found. For the files of ops/doctor.
 *
 * Each has a thread and an arena of its own, and TALK_MS for one answer. One that is still not back after
 * EXAMINATION_MS is given up: its thread ends by itself some day, and nobody reads what it found.
 */
#ifndef OPS_DOCTOR_EXAMINER_H
#define OPS_DOCTOR_EXAMINER_H

#include <stddef.h>
#include "base/stream.h"
#include "ops/doctor/doctor.h"
#include "ops/doctor/servers.h"

#define EXAMINATION_MS 8000
#define TALK_MS 3000
#define FINDINGS_MAX 128

struct examiner {
	struct arena *arena;
	struct doctor_wishes wishes;
	struct doctor_finding findings[FINDINGS_MAX];
	int count;
};

/* Adds a finding, in sentences that live as long as the arena. The caller may name .subject and .because. */
struct doctor_finding *examiner_find(struct examiner *e, enum doctor_verdict verdict, const char *id, const char *what,
        const char *todo, const char *format, ...) __attribute__((format(printf, 6, 7)));
/* All is well, as far as this goes. */
void examiner_fine(struct examiner *e, const char *id, const char *what, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
/* True when the setting has a value; else it is said that nobody looked. */
bool examiner_has(struct examiner *e, const char *what, const char *setting, const char *value);

/* Words for a time that has passed: "40 s", "3 min", "5 h", "12 days". */
char *examiner_age(struct examiner *e, int64_t seconds);
/* The text in one line, without control characters and without what stands before an @ in a URL. */
char *examiner_words(struct examiner *e, const char *text);

/* A line to a server and what it answers: as far as ends says, or its first line. "" when nothing came in time. */
char *examiner_talk(struct examiner *e, struct stream *stream, const char *line);

/* What ends soon: a certificate of what, valid until then (seconds since 1970). */
void examiner_judge_certificate(
        struct examiner *e, const char *what, const char *whose, int64_t ends_s, const char *todo);

void examine_database(struct examiner *e);
void examine_broker(struct examiner *e);
void examine_redis(struct examiner *e);
void examine_smtp(struct examiner *e);
void examine_lmtp(struct examiner *e);
void examine_clamd(struct examiner *e);
void examine_store(struct examiner *e);
void examine_disks(struct examiner *e);
void examine_certificate(struct examiner *e);
void examine_secrets(struct examiner *e);
void examine_ingress(struct examiner *e);

#endif
