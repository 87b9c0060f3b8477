/* options.c - "--name value", "--name=value" and operands, by the rows of a command. */
#include "ops/guichetctl/ctl.h"

#include <stdlib.h>
#include <string.h>
#include "queues/catalogue.h"

static int option_index(const struct command_row *command, struct text name)
{
	for (int i = 0; command->options && command->options[i].name; i++)
		if (text_equal(text_of(command->options[i].name), name))
			return i;
	return -1;
}

/* A name that is no row is a slip of ours. */
static const char *value_of(const struct ctl *ctl, const char *name)
{
	int index = option_index(ctl->command, text_of(name));

	if (index < 0)
		abort();
	return ctl->values[index];
}

const char *option_text(const struct ctl *ctl, const char *name)
{
	return value_of(ctl, name);
}

bool option_flag(const struct ctl *ctl, const char *name)
{
	return value_of(ctl, name) != NULL;
}

int64_t option_number(const struct ctl *ctl, const char *name, int64_t fallback)
{
	int64_t number = fallback;

	text_to_int(text_of(value_of(ctl, name)), &number);
	return number;
}

/* The word of the row's that is meant, whatever its case; NULL: none. */
static const char *word_of_row(struct ctl *ctl, const struct option_row *row, struct text value)
{
	for (const char *at = row->words; *at; at += strspn(at, " ")) {
		struct text word = { at, strcspn(at, " ") };

		if (text_equal_nocase(word, value))
			return text_dup(ctl->arena, word);
		at += word.len;
	}
	return NULL;
}

/* The same of what older clients say for one (SYNONYM in queues/vocabulary.def). */
static const char *word_meant(struct ctl *ctl, const struct option_row *row, struct text value)
{
	const char *word = word_of_row(ctl, row, value);

	for (const struct synonym *s = synonyms; !word && s->given; s++)
		if (text_equal_nocase(value, text_of(s->given)))
			word = word_of_row(ctl, row, text_of(s->words[s->value]));
	return word;
}

static bool take_value(struct ctl *ctl, int index, const char *value)
{
	const struct option_row *row = &ctl->command->options[index];
	int64_t number;

	ctl->values[index] = value;
	if (row->kind == OPTION_TEXTS)
		ctl->many[ctl->many_count++] = value;
	if (!text_is_utf8(text_of(value), NULL)) {
		say("--%s: the value is not UTF-8", row->name);
		return false;
	}
	if (row->kind == OPTION_NUMBER && (!text_to_int(text_of(value), &number) || number < 0)) {
		say("--%s: '%s' is no whole number", row->name, value);
		return false;
	}
	if (row->kind == OPTION_WORD && !(ctl->values[index] = word_meant(ctl, row, text_of(value)))) {
		say("--%s: '%s' is none of: %s", row->name, value, row->words);
		return false;
	}
	return true;
}

/* One option; *at is its place and moves over its value. */
static bool read_option(struct ctl *ctl, int argc, char **argv, int *at)
{
	const char *name = argv[*at] + 2, *equals = strchr(name, '=');
	int index = option_index(ctl->command, (struct text){ name, equals ? (size_t)(equals - name) : strlen(name) });
	const struct option_row *row;
	const char *value;

	if (index < 0) {
		say("what is '%s'? (see --help)", argv[*at]);
		return false;
	}
	row = &ctl->command->options[index];
	if (row->kind == OPTION_FLAG) {
		if (equals)
			say("--%s takes no value", row->name);
		ctl->values[index] = "";
		return !equals;
	}
	value = equals ? equals + 1 : (*at + 1 < argc ? argv[++*at] : NULL);
	if (!value) {
		say("--%s needs a value", row->name);
		return false;
	}
	return take_value(ctl, index, value);
}

static bool has_required(const struct ctl *ctl)
{
	for (int i = 0; ctl->command->options && ctl->command->options[i].name; i++)
		if (ctl->command->options[i].required && !ctl->values[i]) {
			say("--%s is required (see --help)", ctl->command->options[i].name);
			return false;
		}
	return true;
}

bool options_read(struct ctl *ctl, int argc, char **argv)
{
	bool only_operands = false;

	ctl->operands = ARENA_ARRAY(ctl->arena, char *, (size_t)argc + 1);
	ctl->many = ARENA_ARRAY(ctl->arena, const char *, (size_t)argc + 1);
	for (int i = 0; i < argc; i++) {
		if (!only_operands && strcmp(argv[i], "--") == 0) {
			only_operands = true;
		} else if (!only_operands && strcmp(argv[i], "--json") == 0) {
			ctl->json = true;
		} else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
			if (!read_option(ctl, argc, argv, &i))
				return false;
		} else if (!ctl->command->operands || (!only_operands && argv[i][0] == '-' && argv[i][1])) {
			say("what is '%s'? (see --help)", argv[i]);
			return false;
		} else {
			ctl->operands[ctl->operand_count++] = argv[i];
		}
	}
	return has_required(ctl);
}

static void write_option(const struct option_row *row, FILE *out)
{
	char left[64];

	snprintf(left, sizeof left, "--%s%s%s", row->name, row->kind == OPTION_FLAG ? "" : " ",
	        row->kind == OPTION_FLAG ? "" : row->shown);
	fprintf(out, "  %-22s %s%s", left, row->help, row->required ? " (required)" : "");
	if (row->kind == OPTION_WORD)
		fprintf(out, "; one of: %s", row->words);
	fputc('\n', out);
}

void options_help(const struct command_row *command, FILE *out)
{
	for (int i = 0; command->options && command->options[i].name; i++)
		write_option(&command->options[i], out);
	fprintf(out, "  %-22s %s\n", "--json", "the answer as JSON");
	fprintf(out, "  %-22s %s\n", "--help", "this text");
}
