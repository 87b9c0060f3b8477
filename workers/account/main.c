/* main.c - guichet-account: applies what is asked about accounts, but for credentials; and what people do with
 * notifications.
 *
 * Consumes cmd.account alone, in order, and writes what the world is to be told into
 * the outbox. It can't read a password hash. A second process is a hot standby.
 */
#include "workers/account/account.h"
#include "workers/lane.h"

static const struct lane_worker account_worker = {
	.name = "guichet-account",
	.about = "applies account commands to PostgreSQL",
	.queue_prefix = "cmd.account",
	.single = true,
	.kinds = (const struct subject_kind *const[]){ &profile_kind, &notification_kind, &notice_kind, NULL },
};

int main(int argc, char **argv)
{
	return lane_main(argc, argv, &account_worker);
}
