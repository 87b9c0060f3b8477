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
 * client makes room. When what has been read of requests exceeds 64 MiB, or 1 GiB where it lies in files, those above
 * the fair share are cut. A body above 2 MiB is for uploads alone: others are refused while they arrive.
 */
#ifndef INGRESS_HTTP_CONNECTIONS_H
#define INGRESS_HTTP_CONNECTIONS_H

#include <h2o.h>
#include "base/settings.h"
#include "base/text.h"

#define CONNECTIONS_BODY_MOST (2 * 1024 * 1024) /* of what is no upload */

extern struct setting connections_settings[];

struct connections;

/* Once, before the loops start: as many descriptors as the system lets us have. */
void connections_allow_descriptors(void);
/* For one of so many loops, which share what there is. takes_much: may a request whose head begins so have a large
 * body? */
struct connections *connections_new(int loops, bool (*takes_much)(struct text head));
int connections_count(const struct connections *connections);

/* A socket that was just accepted becomes h2o's, or is closed when there is no room. */
void connections_accept(struct connections *connections, h2o_accept_ctx_t *accept, h2o_socket_t *sock);
/* Every loop turn. */
void connections_turn(struct connections *connections);
/* Those from which nothing has come for a moment, and nothing is about to. */
void connections_close_idle(struct connections *connections);

/* A part of a long answer is on its way: the limit of writing begins anew. */
void connections_went_on(h2o_req_t *req);

/* Its answer has no end, and what comes from the client is no request any more (RFC 6455): it neither waits nor makes
 * room. */
void connections_keep(h2o_socket_t *sock);

/* A request has come: until h2o disposes of it its connection works, and does not wait. */
void connections_work(h2o_req_t *req);

#endif
