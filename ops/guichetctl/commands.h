/* commands.h - the rows of each group, which commands.c puts together. */
#ifndef OPS_GUICHETCTL_COMMANDS_H
#define OPS_GUICHETCTL_COMMANDS_H

#include "ops/guichetctl/ctl.h"

extern const struct command_row schema_commands[];
extern const struct command_row backup_commands[];
extern const struct command_row topology_commands[];
extern const struct command_row user_commands[];
extern const struct command_row user_import_commands[];
extern const struct command_row audit_commands[];
extern const struct command_row dead_commands[];
extern const struct command_row trace_commands[];
extern const struct command_row logs_commands[];
extern const struct command_row completion_commands[];
extern const struct command_row manual_commands[];
extern const struct command_row drain_commands[];
extern const struct command_row config_commands[];
extern const struct command_row queues_commands[];
extern const struct command_row top_commands[];
extern const struct command_row stats_commands[];
extern const struct command_row outbox_commands[];
extern const struct command_row files_commands[];
extern const struct command_row mail_commands[];
extern const struct command_row mail_ledger_commands[];
extern const struct command_row mail_parse_commands[];
extern const struct command_row mail_pipe_commands[];
extern const struct command_row mail_import_commands[];
extern const struct command_row store_commands[];
extern const struct command_row doctor_commands[];
extern const struct command_row diagnose_token_commands[];
extern const struct command_row diagnose_db_commands[];
extern const struct command_row diagnose_net_commands[];
extern const struct command_row sla_commands[];
extern const struct command_row sla_explain_commands[];
extern const struct command_row sla_simulate_commands[];
extern const struct command_row sla_holidays_commands[];
extern const struct command_row sla_list_commands[];
extern const struct command_row webhooks_commands[];
extern const struct command_row rest_commands[];
extern const struct command_row programs_commands[];

#endif
