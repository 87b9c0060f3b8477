/* main.c - guichet-ticket: the only writer of tickets.
 *
 * Consumes cmd.ticket.0 .. f, applies each command once, in order per ticket,
 * and writes what the world is to be told into the outbox. A second process
 * with the same lanes is a hot standby.
 */
#include "workers/ticket/model.h"

static bool handles(enum command_id id)
{
	switch (id) {
#define COMMAND(id, ...) case COMMAND_##id:
#include "queues/ticket.def"
		return true;
	default:
		return false;
	}
}

static const struct lane_worker ticket_worker = {
	.name = "guichet-ticket",
	.about = "applies ticket commands from the lanes to PostgreSQL",
	.queue_prefix = "cmd.ticket.",
	.model = &ticket_model,
	.handles = handles,
};

int main(int argc, char **argv)
{
	return lane_main(argc, argv, &ticket_worker);
}
