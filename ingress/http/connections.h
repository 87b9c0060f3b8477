/* connections.h - who is connected to a loop, and for how long that may last.
 *
 * libh2o has one timer over idle time, head and body, none over a client that does not read,
 * and no limit on connections or on what unfinished requests hold in memory. Here every
 * connection is in one of four stages, each with a limit of its own:
 *
 *   idle     nothing has come                       IDLE_TIMEOUT
 *   reading  a part of a request has come           REQUEST_TIMEOUT, and a second for each 16 KiB that came
 *   working  the request is being answered          the answer's own deadlines
 *   writing  the client has not taken its answer    30 s
 *
 * When all of CONNECTIONS_MAX are taken, the one of the loop that has waited longest for its
 * client makes room. When what has been read of requests exceeds 64 MiB, those above the fair share are cut.
 */
#ifndef INGRESS_HTTP_CONNECTIONS_H
#define INGRESS_HTTP_CONNECTIONS_H

#include <h2o.h>
#include "base/settings.h"

extern struct setting connections_settings[];

struct connections;

/* Once, before the loops start: as many descriptors as the system lets us have. */
void connections_allow_descriptors(void);
/* For one of so many loops, which share what there is. */
struct connections *connections_new(int loops);
int connections_count(const struct connections *connections);

/* A socket that was just accepted becomes h2o's, or is closed when there is no room. */
void connections_accept(struct connections *connections, h2o_accept_ctx_t *accept, h2o_socket_t *sock);
/* Every loop turn. */
void connections_turn(struct connections *connections);
/* Those from which nothing has come for a moment, and nothing is about to. */
void connections_close_idle(struct connections *connections);

/* A request has come: until h2o disposes of it its connection works, and does not wait. */
void connections_work(h2o_req_t *req);

#endif
