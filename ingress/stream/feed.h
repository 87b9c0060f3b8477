/* feed.h - one log, followed for all clients of a loop: events, or what people are told in the app.
 *
 *   poke, or every 250 ms (50 while there is more) ─► what is behind the reader's place ─► each row to who it concerns
 *
 * A log is read in commit order and only below the oldest open transaction (the relay's rule), so nothing slips in
 * behind a reader. A client whose place is behind the reader's reads by itself until it has caught up; from then on
 * it hears what is behind its own place, and nothing twice. Nobody listens: nothing is asked.
 */
#ifndef INGRESS_STREAM_FEED_H
#define INGRESS_STREAM_FEED_H

#include "ingress/stream/client.h"

struct loop;

enum feed_kind { FEED_EVENTS, FEED_NOTIFICATIONS, FEED_KINDS };

/* Of that loop. */
struct feed *feed_of(struct loop *loop, enum feed_kind kind);
/* Its key, types and place are set. now: the end of the log, where a reader begins when it is the first. */
void feed_join(struct feed *feed, struct client *client, const struct place *now);
void feed_leave(struct client *client);
/* One that is not live yet: asks for what it lacks, when it has taken what it was sent. Is it live now? */
bool feed_catch_up(struct client *client);
/* Every turn of the loop. */
void feed_turn(struct feed *feed);
/* Up to where everybody has heard everything. */
const struct place *feed_place(const struct feed *feed);

#endif
