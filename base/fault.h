/* fault.h - places where a test may kill the process. Only in a -DFAULT_POINTS build.
 *
 * FAULT_AT="lane.committed:17" kills (SIGKILL) the process the 17th time it passes
 * that point. In every other build a point is nothing.
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#ifdef FAULT_POINTS
void fault_point(const char *name);
#else
#define fault_point(name) ((void)0)
#endif

#endif
