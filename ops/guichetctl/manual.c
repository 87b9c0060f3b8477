/* manual.c - "man": the manual page guichetctl(1), printed from the tables of commands and settings, in man(7). */
#include <string.h>
#include "base/process.h"
#include "ops/guichetctl/commands.h"

#define NAMES_MAX 64

/* Text of a line: what man(7) would take as its own is escaped. */
static void write_text(const char *text)
{
	for (bool first = true; *text; first = text[-1] == '\n') {
		if (first && (*text == '.' || *text == '\''))
			printf("\\&");
		if (*text == '\\')
			printf("\\e");
		else if (*text == '-')
			printf("\\-");
		else
			putchar(*text);
		text++;
	}
}

static void write_line(const char *before, const char *text, const char *after)
{
	printf("%s", before);
	write_text(text);
	printf("%s\n", after);
}

static void write_option(const struct option_row *option)
{
	printf(".TP\n.BI ");
	write_text("--");
	write_text(option->name);
	if (option->kind != OPTION_FLAG) {
		printf(" \" %s\"", option->shown);
	}
	printf("\n");
	write_text(option->help);
	if (option->required)
		printf(" (required)");
	if (option->kind == OPTION_WORD) {
		printf("; one of: ");
		write_text(option->words);
	}
	printf("\n");
}

static void write_command(const struct command_row *row)
{
	printf(".SS \"");
	write_text(row->group);
	printf("%s", row->verb ? " " : "");
	write_text(row->verb ? row->verb : "");
	printf("%s", row->operands ? " " : "");
	write_text(row->operands ? row->operands : "");
	printf("\"\n");
	write_line("", row->about, ".");
	if (row->more)
		write_line(".PP\n", row->more, "");
	for (const struct option_row *option = row->options; option && option->name; option++)
		write_option(option);
}

/* --- settings, each once -------------------------------------------------------------------- */
struct names {
	int count;
	const char *names[NAMES_MAX];
};

static bool is_new(struct names *seen, const char *name)
{
	for (int i = 0; i < seen->count; i++)
		if (strcmp(seen->names[i], name) == 0)
			return false;
	if (seen->count < NAMES_MAX)
		seen->names[seen->count++] = name;
	return true;
}

static void write_settings(void)
{
	struct names seen = { 0 };

	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++)
			for (struct setting *const *table = row->settings; *table; table++)
				for (const struct setting *setting = *table; setting->name; setting++) {
					if (!is_new(&seen, setting->name))
						continue;
					printf(".TP\n.B ");
					write_text(setting->name);
					write_line("\n", setting->help,
					        setting->secret ? " (or in the file that this name with _FILE names)"
					                        : "");
				}
}

static enum ctl_exit manual(struct ctl *ctl)
{
	(void)ctl;
	printf(".\\\" Printed by guichetctl man, from its tables.\n.TH GUICHETCTL 1 \"\" \"Guichet %s\" "
	       "\"Guichet\"\n.ad l\n"
	       ".SH NAME\nguichetctl \\- what an operator does to Guichet by hand\n"
	       ".SH SYNOPSIS\n.B guichetctl\n.I COMMAND\n.RI [ option \\ ...]\n.RI [ operand \\ ...]\n"
	       ".SH DESCRIPTION\nIt looks at what runs, mends what could not be applied, and makes what has to be "
	       "there.\n"
	       "What was asked for goes to standard output, progress and failures are sentences on standard error.\n"
	       "Every change is one transaction and an event in the audit trail.\n"
	       ".PP\nWith any command:\n.TP\n.B \\-\\-json\nthe answer as one JSON document\n.TP\n.B \\-\\-help\nits "
	       "options and settings\n"
	       ".SH COMMANDS\n",
	        process_version());
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++)
			write_command(row);
	printf(".SH ENVIRONMENT\nOnly the settings of the command at hand are read.\n");
	write_settings();
	printf(".SH EXIT STATUS\n.TP\n.B 0\ngood\n.TP\n.B 1\nsomething is wrong or failed\n.TP\n.B 2\nused "
	       "wrongly\n.TP\n.B 78\n"
	       "a setting is missing or bad\n");
	return CTL_GOOD;
}

static struct setting *const settings[] = { NULL };

const struct command_row manual_commands[] = {
	{ "man", NULL, NULL, "prints the manual page: guichetctl man | man -l -", NULL, NULL, settings, manual },
	{ 0 },
};
