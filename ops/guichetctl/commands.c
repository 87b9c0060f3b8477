/* commands.c - the one list of what guichetctl can do, in the order --help shows it. */
#include "ops/guichetctl/commands.h"

const struct command_row *const command_rows[] = {
	status_commands,
	schema_commands,
	topology_commands,
	user_commands,
	audit_commands,
	dead_commands,
	outbox_commands,
	NULL,
};
