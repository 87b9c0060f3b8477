/* report.h - what the process tells operators of itself, from an event loop (queues/instance.h). */
#ifndef INGRESS_HTTP_REPORT_H
#define INGRESS_HTTP_REPORT_H

#include "ingress/http/loop.h"

/* Once per turn of any loop. When the process stops it says goodbye, once. */
void report_tick(struct loop *loop);

#endif
