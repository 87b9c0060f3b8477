/* main.c - guichet-desk: applies what administrators decide about calendars and promises, schedules of tickets,
 * webhooks, mailboxes, and how the desk words its mails.
 *
 * Consumes cmd.desk alone, in order. A second process is a hot standby.
 */
#include "workers/desk/desk.h"
#include "workers/lane.h"

static const struct lane_worker desk_worker = {
	.name = "guichet-desk",
	.about = "applies commands about calendars, policies, schedules, templates, webhooks and mailboxes to "
	         "PostgreSQL",
	.queue_prefix = "cmd.desk",
	.single = true,
	.kinds = (const struct subject_kind *const[]){ &calendar_kind, &policy_kind, &schedule_kind, &template_kind,
	        &webhook_kind, &mailbox_kind, NULL },
};

int main(int argc, char **argv)
{
	return lane_main(argc, argv, &desk_worker);
}
