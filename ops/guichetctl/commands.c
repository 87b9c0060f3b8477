/* commands.c - the one list of what guichetctl can do, in the order --help shows it. */
#include "ops/guichetctl/commands.h"

const struct command_row *const command_rows[] = {
	schema_commands,
	topology_commands,
	user_commands,
	NULL,
};
