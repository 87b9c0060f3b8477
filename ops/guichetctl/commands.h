/* commands.h - the rows of each group, which commands.c puts together. */
#ifndef OPS_GUICHETCTL_COMMANDS_H
#define OPS_GUICHETCTL_COMMANDS_H

#include "ops/guichetctl/ctl.h"

extern const struct command_row schema_commands[];
extern const struct command_row topology_commands[];
extern const struct command_row user_commands[];
extern const struct command_row audit_commands[];
extern const struct command_row dead_commands[];
extern const struct command_row outbox_commands[];
extern const struct command_row status_commands[];

#endif
