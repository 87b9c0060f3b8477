/* main.c - guichet-relay: carries the outbox to the broker, in commit order, at least once.
 *
 *   outbox rows after the cursor ─► publish (confirms, mandatory) ─► all confirmed ─► cursor moves
 *
 * One relay is active, by a session advisory lock on the connection that moves
 * the cursor; others wait for it. When a row fails, the cursor goes to just before
 * it and the relay starts again from there; what the broker has of the rows behind
 * is remembered and not sent again. After a loss a message can go out twice, and
 * every consumer recognises it by its id. A poke by Redis after a commit is the
 * quick way; polling (60 ms after the last look when busy, 300 ms when idle) is the
 * truth.
 *
 * What fails for want of room, of a majority or of a queue that should be there waits
 * in place, and /ready is red. A row that names a place the topology does not know
 * would wait for ever: coming back a second time makes it a dead letter. One of which no message can be made (AMQP
 * bounds each of its parts) is a dead letter at once.
 *
 * Refuses a cursor that is not of this cluster or is from the future (a logical
 * restore resets transaction ids), until `guichetctl outbox rebase` has set it right.
 */
#include "workers/relay/relay.h"

static const struct ticker_worker relay_worker = {
	.name = "guichet-relay",
	.about = "carries the outbox to the broker, in commit order",
	.thread = "relay",
	.open = relay_open,
	.close = relay_close,
	.hold = relay_hold,
	.work = relay_work,
	.rest = relay_rest,
};

int main(int argc, char **argv)
{
	return ticker_main(argc, argv, &relay_worker);
}
