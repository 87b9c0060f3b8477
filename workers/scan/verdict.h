/* verdict.h - what an answer of clamd means for a file. Pure. */
#ifndef WORKERS_SCAN_VERDICT_H
#define WORKERS_SCAN_VERDICT_H

#include "queues/catalogue.h"

struct verdict {
	enum scan_state state; /* SCAN_PENDING: nobody knows yet. SCAN_UNSCANNABLE: encrypted, or over a limit, so that
	                          not all of it was looked at */
	char note[128];        /* the signature's name, or why not; "" of what is clean */
};

/* The answer to INSTREAM, without its NUL. What it doesn't know is SCAN_ERROR: only one word lets a file through. */
struct verdict verdict_of(struct text answer);
/* With a reason of our own. */
struct verdict verdict_say(enum scan_state outcome, const char *note);

#endif
