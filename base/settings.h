/* settings.h - every setting is a row, read once from the environment.
 *
 *   static struct setting rows[] = {
 *   	{ "DATABASE_URL", SETTING_URL, &database_url, NULL, .schemes = "postgres postgresql", .secret = true,
 *   	  .help = "PostgreSQL, as libpq writes it" },
 *   	{ "LANES_THREADS", SETTING_INT, &threads, "2", .min = 1, .max = 16, .help = "..." },
 *   	{ NULL } };
 *
 * A NULL default means the setting is required. All rows are checked before the
 * process starts, and every bad one is named in one go. A value that is wrong is
 * never printed when the row is secret, and a secret may lie in the file that
 * NAME_FILE names. Rows keep pointers into the environment, or to such a text,
 * which then lives as long as the process.
 */
#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum setting_kind {
	SETTING_TEXT,     /* const char ** */
	SETTING_URL,      /* const char **: a scheme of .schemes, then :// */
	SETTING_INT,      /* int64_t *: min to max */
	SETTING_DURATION, /* int64_t *, milliseconds: 500ms 30s 15m 24h 7d; min and max in ms */
	SETTING_BOOL,     /* bool *: true false yes no 1 0 on off */
	SETTING_WORD,     /* int64_t *: index into .words, a list with blanks between */
	SETTING_HEX,      /* const char **: hexadecimal, min to max characters */
	SETTING_FILE,     /* const char **: a readable file, or "" when the default is "" */
};

struct setting {
	const char *name;
	enum setting_kind kind;
	void *out;
	const char *fallback; /* NULL: required */
	int64_t min, max;     /* for INT, DURATION; for TEXT and HEX the length, when max > 0 */
	const char *schemes;
	const char *words;
	bool secret;
	const char *help;
};

/* Reads the tables (a NULL-terminated list of NULL-name-terminated tables, which lives as long as the process).
 * On trouble writes one line per bad setting to err and returns false. */
bool settings_load(struct setting *const *tables, FILE *err);

/* For --help: name, default, meaning. For --settings (machine form): NAME, a
 * tab, the default or empty, a tab, "required" or "optional", a tab, the meaning. */
void settings_help(struct setting *const *tables, FILE *out);
void settings_list(struct setting *const *tables, FILE *out);

/* Each row of the tables that were loaded last, for people: value is NULL when it is empty or hidden; of a secret URL
 * it is the scheme and the host alone. It lives until the next row. source: environment, file or default. */
void settings_walk(
        void (*each)(const struct setting *row, const char *value, const char *source, void *arg), void *arg);

/* "24h" to milliseconds; false when it is no duration. */
bool settings_duration(const char *word, int64_t *out_ms);

#endif
