/* main.c - guichetctl: what an operator does to Guichet by hand, and what set-up does for him.
 *
 *   guichetctl GROUP [VERB] [--option value]... [operand]...
 *
 * Exit codes: 0 good, 1 something is wrong or failed, 2 used wrongly, 65 (EX_DATAERR)
 * a file is no good, 78 (EX_CONFIG) a setting is missing or bad. Interrupted, it dies by the signal: every change is
 * one transaction, so nothing is left half done.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <signal.h>
#include "base/log.h"
#include "base/process.h"
#include "ops/guichetctl/ctl.h"

static int64_t log_least = LOG_LEVEL_WARNING;

static struct setting own_settings[] = {
	{ "LOG_LEVEL", SETTING_WORD, &log_least, "warning", .words = "debug info notice warning error critical",
	        .help = "the least important lines that are logged on stderr" },
	{ 0 },
};

static void help_all(FILE *out)
{
	char words[64];

	fputs("usage: guichetctl COMMAND [--option value]... [--json]\n\n", out);
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++) {
			snprintf(words, sizeof words, "%s%s%s", row->group, row->verb ? " " : "",
			        row->verb ? row->verb : "");
			fprintf(out, "  %-18s %s\n", words, row->about);
		}
	fputs("\nguichetctl COMMAND --help tells the options and settings of one.\n"
	      "Exit codes: 0 good, 1 something is wrong or failed, 2 used wrongly, 65 a file is no good, 78 a setting "
	      "is bad.\n",
	        out);
}

static struct setting *const *settings_of(const struct command_row *command)
{
	static struct setting *tables[8];
	int count = 0;

	while (command->settings[count]) {
		tables[count] = command->settings[count];
		count++;
	}
	tables[count] = own_settings;
	return tables;
}

static void help_one(const struct command_row *c, FILE *out)
{
	fprintf(out, "usage: guichetctl %s%s%s [--option value]...%s%s\n\n%s\n", c->group, c->verb ? " " : "",
	        c->verb ? c->verb : "", c->operands ? " " : "", c->operands ? c->operands : "", c->about);
	if (c->more)
		fprintf(out, "\n%s\n", c->more);
	fputs("\nOptions:\n", out);
	options_help(c, out);
	fputs("\nSettings, read from the environment:\n", out);
	settings_help(settings_of(c), out);
}

/* The row that the first words name; *out_used is how many they are. */
static const struct command_row *find(int argc, char **argv, int *out_used)
{
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++) {
			if (argc < 1 || strcmp(argv[0], row->group) != 0)
				continue;
			*out_used = row->verb ? 2 : 1;
			if (!row->verb || (argc > 1 && strcmp(argv[1], row->verb) == 0))
				return row;
		}
	return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int run_command(const struct command_row *command, int argc, char **argv)
{
	struct ctl ctl = { .command = command, .arena = arena_new(64 * 1024) };
	int code = CTL_USAGE;

	if (options_read(&ctl, argc, argv)) {
		if (!settings_load(settings_of(command), stderr)) {
			code = EX_CONFIG;
		} else {
			log_init("guichetctl", (enum log_level)log_least);
			log_thread_name("main");
			code = (int)command->run(&ctl);
		}
	}
	arena_free(&ctl.arena);
	/* An answer that did not arrive is no answer. */
	if (fflush(stdout) != 0 && code == CTL_GOOD)
		code = CTL_WRONG;
	return code;
}

int main(int argc, char **argv)
{
	const struct command_row *command;
	int used = 0;

	signal(SIGPIPE, SIG_IGN);
	argc--;
	argv++;
	command = find(argc, argv, &used);
	if (command && asks_for_help(argc - used, argv + used)) {
		help_one(command, stdout);
		return CTL_GOOD;
	}
	if (command)
		return run_command(command, argc - used, argv + used);
	if (argc == 1 && strcmp(argv[0], "--version") == 0) {
		printf("guichetctl %s\n", process_version());
		return CTL_GOOD;
	}
	if (asks_for_help(argc, argv)) {
		help_all(stdout);
		return CTL_GOOD;
	}
	if (argc > 0)
		say("what is '%s%s%s'?", argv[0], argc > 1 ? " " : "", argc > 1 ? argv[1] : "");
	help_all(stderr);
	return CTL_USAGE;
}
