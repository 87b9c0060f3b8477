/* commands.c - the one list of what guichetctl can do, in the order --help shows it. */
#include "ops/guichetctl/commands.h"

const struct command_row *const command_rows[] = {
	status_commands,
	doctor_commands,
	programs_commands,
	rest_commands,
	schema_commands,
	topology_commands,
	user_commands,
	audit_commands,
	dead_commands,
	outbox_commands,
	sla_commands,
	store_commands,
	files_commands,
	mail_commands,
	mail_ledger_commands,
	mail_parse_commands,
	mail_pipe_commands,
	mail_import_commands,
	sla_explain_commands,
	sla_simulate_commands,
	sla_holidays_commands,
	sla_list_commands,
	webhooks_commands,
	NULL,
};
