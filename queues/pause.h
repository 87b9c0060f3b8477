/* pause.h - what an operator can let rest. */
#ifndef QUEUES_PAUSE_H
#define QUEUES_PAUSE_H

#include "base/arena.h"
#include "base/text.h"

/* target: a queue, or a program of programs.def that works by itself. NULL when it can rest, else a sentence that says
 * why not, in the arena. A queue that only wakes its program has no pause of its own: the program's work are rows. */
const char *pause_refused(struct arena *arena, struct text target);

#endif
