/* ctl.h - what every command of guichetctl is made of.
 *
 * A command is one row: its words, its options, the settings it reads, and a
 * function. Rows live in the file of their group and are listed in commands.c.
 * main.c reads the command line, loads just that command's settings, and calls.
 *
 * What was asked for goes to stdout, as text or (--json) as one JSON document;
 * progress and failures go to stderr, as sentences.
 */
#ifndef OPS_GUICHETCTL_CTL_H
#define OPS_GUICHETCTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include "base/arena.h"
#include "base/settings.h"
#include "base/text.h"
#include "base/uuid.h"

struct db;
struct db_result;

/* CTL_DATA: EX_DATAERR, of a file that is no good. */
enum ctl_exit { CTL_GOOD, CTL_WRONG, CTL_USAGE, CTL_DATA = 65 };

enum option_kind {
	OPTION_FLAG,
	OPTION_TEXT,
	OPTION_TEXTS,  /* may be repeated: see ctl->many. One of a command's options at most */
	OPTION_NUMBER, /* a whole number, 0 or more */
	OPTION_WORD,   /* one of .words */
};

#define OPTIONS_MAX 16

struct option_row {
	const char *name; /* without the dashes */
	enum option_kind kind;
	const char *shown; /* what --help calls the value */
	const char *words; /* for OPTION_WORD, with blanks between */
	bool required;
	const char *help;
};

struct ctl;

struct command_row {
	const char *group, *verb; /* "user", "add"; verb NULL: the group is the command */
	const char *operands;     /* what --help calls them; NULL: there are none */
	const char *about;        /* one line */
	const char *more;         /* for the command's own --help; may be NULL */
	const struct option_row *options;
	struct setting *const *settings;
	enum ctl_exit (*run)(struct ctl *ctl);
};

struct ctl {
	const struct command_row *command;
	struct arena *arena;
	bool json;
	const char *values[OPTIONS_MAX]; /* in the order of command->options; NULL: not given */
	char **operands;
	int operand_count;
	const char **many; /* what was given for the option that may be repeated */
	int many_count;
};

/* All commands, an empty row behind the last. */
extern const struct command_row *const command_rows[];

/* --- options.c: NULL, false and the fallback when it was not given */
const char *option_text(const struct ctl *ctl, const char *name);
bool option_flag(const struct ctl *ctl, const char *name);
int64_t option_number(const struct ctl *ctl, const char *name, int64_t fallback);
/* Reads what follows the command's words; says what is wrong with it. --help is the caller's. */
bool options_read(struct ctl *ctl, int argc, char **argv);
void options_help(const struct command_row *command, FILE *out);

/* --- say.c */
/* A line on stderr behind "guichetctl: ". */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same, and {"error": ...} on stdout with --json. Always CTL_WRONG. */
enum ctl_exit say_failed(const struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Writes the document on stdout and gives it back; NULL ends the program, out of memory. */
void say_json(json_t *document);
/* Text from elsewhere, on a terminal: control characters become '?'. */
void say_text(FILE *out, struct text text, int width);
/* A string as that, anything else as JSON, with the same care. */
void say_value(FILE *out, const json_t *value);
/* A JSON string, or null for TEXT_NONE. */
json_t *say_member(struct text text);

/* --- database.c */
/* The connection of this run; NULL after having said why there is none. */
struct db *database_open(const struct ctl *ctl);
/* What the statement failed with, said. Always CTL_WRONG. */
enum ctl_exit database_failed(const struct ctl *ctl, struct db *db, const char *what);

#endif
