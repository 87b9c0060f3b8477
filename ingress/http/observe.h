/* observe.h - what is measured of every request: how many, how they ended, how long they took, for each route.
 *
 * A route is named by its pattern ("/tickets/{ticket_id}"), never by the path that was asked for: how many series
 * there can be is decided by the rows of queues/.
 */
#ifndef INGRESS_HTTP_OBSERVE_H
#define INGRESS_HTTP_OBSERVE_H

#include "ingress/http/call.h"

/* The row that the call's path has led to; at most one of them is there. Without this a call is of the route "none". */
void observe_route(struct call *call, const struct action *action, const struct read *read, const struct route *route);

/* It is answered; us: since its arrival. */
void observe_answer(const struct call *call, int status, int64_t us);

/* Something that never became a call was answered. */
void observe_refusal(int status);

/* What operators are shown of it: {"count", "failed", "perSecond", "failedPerSecond", "p50Ms", "p95Ms", "p99Ms",
 * "routes": [{"route", "method", "calls", "totalMs", "meanMs"}]}, the twenty routes that took most of all time. Rates
 * are those since the last call, one thread at a time. */
void observe_render(struct buffer *out);

#endif
