/* dependencies.h - how those are that ingress does not talk to itself: the mail server, as the mail worker last found
 * it, and clamd, as the scan worker did.
 *
 * It shows in /health and never in /ready: no request needs it.
 */
#ifndef INGRESS_HTTP_DEPENDENCIES_H
#define INGRESS_HTTP_DEPENDENCIES_H

#include "ingress/http/loop.h"

/* Every turn of a loop: the first loop asks the database, every five seconds. */
void dependencies_tick(struct loop *loop);

#endif
