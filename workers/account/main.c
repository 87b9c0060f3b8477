/* main.c - guichet-account: applies what is asked about accounts, but for credentials.
 *
 * Consumes cmd.account alone, in order, and writes what the world is to be told into
 * the outbox. It can't read a password hash. A second process is a hot standby.
 */
#include "workers/account/model.h"

static bool handles(enum command_id id)
{
	switch (id) {
#define COMMAND(id, ...) case COMMAND_##id:
#include "queues/account.def"
		return true;
	default:
		return false;
	}
}

static const struct lane_worker account_worker = {
	.name = "guichet-account",
	.about = "applies account commands to PostgreSQL",
	.queue_prefix = "cmd.account",
	.single = true,
	.model = &account_model,
	.handles = handles,
};

int main(int argc, char **argv)
{
	return lane_main(argc, argv, &account_worker);
}
