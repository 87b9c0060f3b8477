/* main.c - guichet-ticket: the only writer of tickets, and of files but for what the scan worker finds in them.
 *
 * Consumes cmd.ticket.0 .. f, applies each command once, in order per ticket,
 * and writes what the world is to be told into the outbox. A second process
 * with the same lanes is a hot standby.
 */
#include "workers/lane.h"
#include "workers/ticket/model.h"

static const struct lane_worker ticket_worker = {
	.name = "guichet-ticket",
	.about = "applies ticket commands from the lanes to PostgreSQL",
	.queue_prefix = "cmd.ticket.",
	.settings = files_settings,
	.kinds = (const struct subject_kind *const[]){ &ticket_kind, &file_kind, NULL },
};

int main(int argc, char **argv)
{
	return lane_main(argc, argv, &ticket_worker);
}
