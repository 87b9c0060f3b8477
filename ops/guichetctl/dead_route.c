/* dead_route.c - see dead_route.h.
 *
 * A letter that a worker wrote names the exchange its message came by. One that the
 * broker declared dead came by guichet.dead, and the first exchange is not known: the
 * type tells. Only what the relay may publish to counts, and only where a queue takes it.
 */
#include "ops/guichetctl/dead_route.h"

#include "queues/catalogue.h"
#include "queues/topology.h"

static bool is_ours(struct text exchange)
{
	return text_equal(exchange, TEXT("guichet.commands")) || text_equal(exchange, TEXT("guichet.work")) ||
	       text_equal(exchange, TEXT("guichet.events"));
}

/* A lane and a work queue have their own name as routing key. */
static struct text key_of(struct text routing_key, struct text queue, struct text prefix)
{
	return text_starts_with(routing_key, prefix) ? routing_key : queue;
}

/* Where it came from, or where its type belongs. */
static const char *origin_of(
        struct text exchange, struct text routing_key, struct text queue, struct text type, struct dead_route *out)
{
	if (is_ours(exchange)) {
		*out = (struct dead_route){ exchange, routing_key };
		return NULL;
	}
	if (command_find(type)) {
		*out = (struct dead_route){ TEXT("guichet.commands"), key_of(routing_key, queue, TEXT("cmd.")) };
		return text_starts_with(out->routing_key, TEXT("cmd.")) ? NULL
		                                                        : "the lane of this command is not known";
	}
	if (event_find(type) || text_starts_with(queue, TEXT("events."))) {
		*out = (struct dead_route){ TEXT("guichet.events"), type };
		return type.len ? NULL : "it has no type, so nobody would take it";
	}
	if (text_starts_with(queue, TEXT("work."))) {
		*out = (struct dead_route){ TEXT("guichet.work"), key_of(routing_key, queue, TEXT("work.")) };
		return NULL;
	}
	return "neither its exchange nor its type tells where it belongs";
}

const char *dead_route_find(
        struct text exchange, struct text routing_key, struct text queue, struct text type, struct dead_route *out)
{
	const char *why = origin_of(exchange, routing_key, queue, type, out);

	if (!why && !topology_routes(out->exchange, out->routing_key))
		return "the topology knows no queue that takes it";
	return why;
}
