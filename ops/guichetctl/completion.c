/* completion.c - "completion": what a shell completes, printed from the tables of commands.
 *
 * bash has a function of its own; zsh runs the same through bashcompinit; fish has a line for each word.
 */
#include <string.h>
#include "ops/guichetctl/commands.h"
#include "queues/programs.h"
#include "queues/topology.h"

/* --- what words there are ---------------------------------------------------------------- */
static void add_lane(const char *exchange, struct text key, void *out)
{
	if (strcmp(exchange, "guichet.commands") == 0)
		buffer_printf(out, "%.*s ", (int)key.len, key.data);
}

/* What may stand behind the options, as far as it is known; blanks between. */
static const char *operands_of(struct arena *arena, const struct command_row *command)
{
	struct buffer out;

	if (strcmp(command->group, "completion") == 0)
		return "bash zsh fish";
	buffer_init(&out, arena, 512);
	if (command->operands && strstr(command->operands, "PROGRAM"))
		for (int i = 0; i < program_count; i++)
			if (programs[i].kind != PROGRAM_TOOL)
				buffer_printf(&out, "%s ", programs[i].name);
	if (command->operands && strstr(command->operands, "QUEUE"))
		topology_walk(arena, add_lane, &out);
	if (command->operands && strstr(command->operands, "all"))
		buffer_string(&out, "all");
	return buffer_cstr(&out);
}

static bool is_first_of_group(int table, const struct command_row *row)
{
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *other = command_rows[i]; other->group; other++) {
			if (i == table && other == row)
				return true;
			if (strcmp(other->group, row->group) == 0)
				return false;
		}
	return true;
}

/* --- bash and zsh --------------------------------------------------------------------------- */
static void write_groups(void)
{
	printf("\t1) words='--help --version");
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++)
			if (is_first_of_group(i, row))
				printf(" %s", row->group);
	printf("' ;;\n");
}

static void write_verbs(void)
{
	printf("\t2) case ${COMP_WORDS[1]} in\n");
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++) {
			if (!row->verb || !is_first_of_group(i, row))
				continue;
			printf("\t\t%s) words='", row->group);
			for (int j = 0; command_rows[j]; j++)
				for (const struct command_row *other = command_rows[j]; other->group; other++)
					if (other->verb && strcmp(other->group, row->group) == 0)
						printf("%s ", other->verb);
			printf("' ;;\n");
		}
	printf("\t\tesac ;;\n");
}

static void write_command(struct arena *arena, const struct command_row *row)
{
	printf("\t'%s %s') words='--help --json %s", row->group, row->verb ? row->verb : "", operands_of(arena, row));
	for (const struct option_row *option = row->options; option && option->name; option++)
		printf(" --%s", option->name);
	printf("'\n\t\tcase $previous in\n");
	for (const struct option_row *option = row->options; option && option->name; option++)
		if (option->kind == OPTION_WORD)
			printf("\t\t--%s) words='%s' ;;\n", option->name, option->words);
		else if (option->kind != OPTION_FLAG)
			printf("\t\t--%s) return ;;\n", option->name);
	printf("\t\tesac ;;\n");
}

static void write_bash(struct arena *arena)
{
	printf("# Completion of guichetctl: eval \"$(guichetctl completion bash)\"\n"
	       "_guichetctl()\n{\n"
	       "\tlocal current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words='' "
	       "verb=${COMP_WORDS[2]}\n"
	       "\tcase $COMP_CWORD in\n");
	write_groups();
	write_verbs();
	printf("\tesac\n\t[ -n \"$words\" ] || case ${COMP_WORDS[1]} in\n");
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++)
			if (!row->verb)
				printf("\t%s) verb='' ;;\n", row->group);
	printf("\tesac\n\t[ -n \"$words\" ] || case \"${COMP_WORDS[1]} $verb\" in\n");
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++)
			write_command(arena, row);
	printf("\tesac\n"
	       "\tCOMPREPLY=()\n"
	       "\twhile IFS= read -r word; do COMPREPLY+=(\"$word\"); done < <(compgen -W \"$words\" -- \"$current\")\n"
	       "}\n"
	       "complete -o default -F _guichetctl guichetctl\n");
}

/* --- fish -------------------------------------------------------------------------------------- */
/* Between single quotes. */
static void write_quoted(const char *text)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('\'');
}

static void write_fish_line(const struct command_row *row, const char *flags, const char *word, const char *about)
{
	printf("complete -c guichetctl -n '__fish_seen_subcommand_from %s", row->group);
	if (row->verb && *flags == '-' && flags[1] == 'l')
		printf("; and __fish_seen_subcommand_from %s", row->verb);
	printf("' %s %s -d ", flags, word);
	write_quoted(about);
	printf("\n");
}

static void write_fish_command(struct arena *arena, int table, const struct command_row *row)
{
	const char *operands = operands_of(arena, row);

	if (is_first_of_group(table, row)) {
		printf("complete -c guichetctl -n __fish_use_subcommand -a %s -d ", row->group);
		write_quoted(row->about);
		printf("\n");
	}
	if (row->verb)
		write_fish_line(row, "-a", row->verb, row->about);
	if (*operands)
		write_fish_line(row, "-a", arena_printf(arena, "'%s'", operands), "");
	for (const struct option_row *option = row->options; option && option->name; option++)
		write_fish_line(row, "-l",
		        option->kind == OPTION_WORD ? arena_printf(arena, "%s -r -a '%s'", option->name, option->words)
		        : option->kind == OPTION_FLAG ? option->name
		                                      : arena_printf(arena, "%s -r", option->name),
		        option->help);
}

static void write_fish(struct arena *arena)
{
	printf("# Completion of guichetctl: guichetctl completion fish | source\n"
	       "complete -c guichetctl -f\n"
	       "complete -c guichetctl -l json -d 'the answer as JSON'\n"
	       "complete -c guichetctl -l help -d 'what the command does'\n");
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++)
			write_fish_command(arena, i, row);
}

static enum ctl_exit completion(struct ctl *ctl)
{
	const char *shell = ctl->operand_count == 1 ? ctl->operands[0] : "";

	if (strcmp(shell, "bash") == 0) {
		write_bash(ctl->arena);
	} else if (strcmp(shell, "zsh") == 0) {
		printf("autoload -Uz bashcompinit && bashcompinit\n");
		write_bash(ctl->arena);
	} else if (strcmp(shell, "fish") == 0) {
		write_fish(ctl->arena);
	} else {
		say("name a shell: bash, zsh or fish");
		return CTL_USAGE;
	}
	return CTL_GOOD;
}

static struct setting *const settings[] = { NULL };

const struct command_row completion_commands[] = {
	{ "completion", NULL, "bash|zsh|fish", "prints what makes a shell complete commands and options", NULL, NULL,
	        settings, completion },
	{ 0 },
};
