/* fault.h - places where a test may kill the process. Only in a -DFAULT_POINTS build.
 *
 * FAULT_AT="lane.committed:17" kills (SIGKILL) the process the 17th time it passes
 * that point. In every other build a point is nothing.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef FAULT_POINTS
#include "base/text.h"
void fault_point(const char *name);
/* Kills the process when the text holds what FAULT_POISON says: a message that kills its worker. */
void fault_poison(struct text text);
#else
#define fault_point(name) ((void)0)
#define fault_poison(text) ((void)0)
#endif

#endif
