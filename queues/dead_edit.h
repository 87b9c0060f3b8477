/* dead_edit.h - what a dead letter says, changed and held against the row of its type, as ingress holds a request
 * against it. */
#ifndef QUEUES_DEAD_EDIT_H
#define QUEUES_DEAD_EDIT_H

#include "queues/contract.h"
#include "queues/envelope.h"

struct dead_edit {
	struct text body;                   /* canonical */
	char fp[2 * FINGERPRINT_BYTES + 1]; /* the header to it */
	struct text changed;                /* the names of members that differ, a JSON list of 20 at most */
};

/* set: members and their new values, null takes one away; whole: set is all there is. Of commands and work alone: an
 * event tells what was. What a command is about (FROM_PATH) stays, because its lane follows from it. In the arena;
 * false: see problems. */
bool dead_edit(struct arena *arena, struct text type, struct text body, struct text set, bool whole,
        struct dead_edit *out, struct problems *problems);

#endif
