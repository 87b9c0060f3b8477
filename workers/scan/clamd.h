/* clamd.h - one clamd, spoken to as its manual says (clamd(8)): VERSION, INSTREAM.
 *
 * A connection for each question: clamd closes it behind the answer. Every call has a time limit, and while it waits
 * it calls the pump about once a second. A clamd belongs to one thread.
 */
#ifndef WORKERS_SCAN_CLAMD_H
#define WORKERS_SCAN_CLAMD_H

#include <stdbool.h>
#include <stddef.h>
#include "base/text.h"

#define CLAMD_ANSWER 512

struct clamd;

struct clamd_url {
	char host[254]; /* or the path of its socket */
	int port;       /* 0: a socket of this machine */
};

/* unix:/path or tcp://host:port. NULL, or why not. */
const char *clamd_url_parse(const char *url, struct clamd_url *out);

/* url must outlive it. */
struct clamd *clamd_new(const struct clamd_url *url, void (*pump)(void *arg), void *arg);
void clamd_free(struct clamd **clamd);

/* What it says of itself. False: clamd_error. */
bool clamd_version(struct clamd *clamd, char answer[CLAMD_ANSWER]);

/* One content in pieces. False: clamd does not take it (any more); clamd_end may still know what it said. */
bool clamd_begin(struct clamd *clamd);
bool clamd_bytes(struct clamd *clamd, const void *bytes, size_t count);
/* Its answer. False: it is lost. */
bool clamd_end(struct clamd *clamd, char answer[CLAMD_ANSWER]);
/* Instead of clamd_end: the content cannot be read to its end. */
void clamd_abort(struct clamd *clamd);

/* Why the last call failed. */
const char *clamd_error(const struct clamd *clamd);

#endif
