/* calls.h - the calls of a loop that are open: how long each may last, and how much all may hold.
 *
 * Whatever happens behind it, a call is answered within CALL_MS of its arrival. A command has
 * deadlines of its own (order.h) and says so with call_limit(). All calls of the process together
 * hold 64 MiB at most, bodies and answers: what comes beyond is answered 503 at once.
 */
#ifndef INGRESS_HTTP_CALLS_H
#define INGRESS_HTTP_CALLS_H

#include "ingress/http/call.h"

#define CALL_MS 2700

struct calls;

/* For one of so many loops, which share what there is. */
struct calls *calls_new(int loops);
bool calls_full(const struct calls *calls);
/* Every loop turn: answers those that are late. */
void calls_turn(struct calls *calls);

/* From its arrival until its memory is given back. */
void calls_enter(struct calls *calls, struct call *call);

#endif
