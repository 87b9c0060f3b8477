/* settings.c - every setting is a row, read once from the environment.
 *
 * A row's value is the environment variable's, else the row's fallback; both
 * pass the same check. A variable set to "" counts as not set. A row whose
 * fallback is "" may stay empty: TEXT, URL, HEX and FILE then yield "", the
 * other kinds leave what *out held.
 *
 * Every bad row is reported on a line of its own:
 *   DATABASE_URL: required and not set
 *   SMTP_URL: not a URL of smtp:// smtps:// (see --help)
 *   LANES_THREADS: not a whole number from 1 to 16, but "many" (see --help)
 * The wrong value is shown only for rows that are not secret, and never for a
 * URL, since those may carry a password.
 *
 * A secret may lie in a file instead: JWT_SECRET_FILE names the file that holds
 * JWT_SECRET, as container engines and systemd hand secrets out. A line end
 * after it is not part of it. Setting both is an error: nobody should have to
 * know which one counts.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/settings.h"
#include "base/text.h"

#define SHOWN_CHARS 40    /* of a wrong value */
#define SECRET_BYTES 8192 /* of a file with a secret */

/* Takes the next blank-separated word off *rest; false when there is none. */
static bool next_word(const char **rest, struct text *out)
{
	const char *start = *rest + strspn(*rest, " ");
	size_t len = strcspn(start, " ");

	*out = (struct text){ .data = start, .len = len };
	*rest = start + len;
	return len > 0;
}

static int64_t word_index(const char *words, struct text wanted)
{
	const char *rest = words ? words : "";
	struct text word;

	for (int64_t i = 0; next_word(&rest, &word); i++)
		if (text_equal_nocase(word, wanted))
			return i;
	return -1;
}

static bool is_bounded(const struct setting *row)
{
	return row->min != 0 || row->max != 0;
}

static bool in_bounds(const struct setting *row, int64_t value)
{
	return !is_bounded(row) || (value >= row->min && value <= row->max);
}

static bool length_in_bounds(const struct setting *row, const char *value)
{
	return row->max <= 0 || in_bounds(row, (int64_t)strlen(value));
}

bool settings_duration(const char *word, int64_t *out_ms)
{
	static const struct {
		const char *unit;
		int64_t ms;
	} units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
	size_t digits = strspn(word, "0123456789");
	int64_t number, ms;

	if (!text_to_int((struct text){ .data = word, .len = digits }, &number))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(word + digits, units[i].unit) != 0)
			continue;
		if (__builtin_mul_overflow(number, units[i].ms, &ms))
			return false;
		*out_ms = ms;
		return true;
	}
	return false;
}

static bool take_string(const struct setting *row, const char *value)
{
	*(const char **)row->out = value;
	return true;
}

static bool take_url(const struct setting *row, const char *value)
{
	const char *mark = strstr(value, "://");

	if (!mark || !mark[3] ||
	        word_index(row->schemes, (struct text){ .data = value, .len = (size_t)(mark - value) }) < 0)
		return false;
	for (const char *c = value; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7F)
			return false;
	return take_string(row, value);
}

static bool take_number(const struct setting *row, const char *value)
{
	int64_t number;
	bool ok = row->kind == SETTING_DURATION ? settings_duration(value, &number)
	                                        : text_to_int(text_of(value), &number);

	if (!ok || !in_bounds(row, number))
		return false;
	*(int64_t *)row->out = number;
	return true;
}

static bool take_bool(const struct setting *row, const char *value)
{
	/* True and false alternate. */
	int64_t index = word_index("true false yes no 1 0 on off", text_of(value));

	if (index < 0)
		return false;
	*(bool *)row->out = index % 2 == 0;
	return true;
}

static bool take_word(const struct setting *row, const char *value)
{
	int64_t index = word_index(row->words, text_of(value));

	if (index < 0)
		return false;
	*(int64_t *)row->out = index;
	return true;
}

static bool take(const struct setting *row, const char *value)
{
	switch (row->kind) {
	case SETTING_TEXT:
		return length_in_bounds(row, value) && take_string(row, value);
	case SETTING_URL:
		return take_url(row, value);
	case SETTING_INT:
	case SETTING_DURATION:
		return take_number(row, value);
	case SETTING_BOOL:
		return take_bool(row, value);
	case SETTING_WORD:
		return take_word(row, value);
	case SETTING_HEX:
		return value[strspn(value, "0123456789abcdefABCDEF")] == '\0' && length_in_bounds(row, value) &&
		       take_string(row, value);
	case SETTING_FILE:
		return access(value, R_OK) == 0 && take_string(row, value);
	}
	return false;
}

static void take_empty(const struct setting *row)
{
	if (row->kind == SETTING_TEXT || row->kind == SETTING_URL || row->kind == SETTING_HEX ||
	        row->kind == SETTING_FILE)
		take_string(row, "");
}

static void write_range(const struct setting *row, const char *unit, FILE *out)
{
	if (is_bounded(row))
		fprintf(out, " from %" PRId64 "%s to %" PRId64 "%s", row->min, unit, row->max, unit);
}

/* What a good value looks like, for the error and for --help. */
static void write_shape(const struct setting *row, FILE *out)
{
	const char *rest = row->schemes ? row->schemes : "";
	struct text scheme;

	switch (row->kind) {
	case SETTING_TEXT:
	case SETTING_HEX:
		fputs(row->kind == SETTING_HEX ? "hexadecimal" : "a text", out);
		if (row->max > 0)
			fprintf(out, " of %" PRId64 " to %" PRId64 " characters", row->min, row->max);
		break;
	case SETTING_URL:
		fputs("a URL of", out);
		while (next_word(&rest, &scheme))
			fprintf(out, " %.*s://", (int)scheme.len, scheme.data);
		break;
	case SETTING_INT:
		fputs("a whole number", out);
		write_range(row, "", out);
		break;
	case SETTING_DURATION:
		fputs("a duration like 500ms 30s 15m 24h 7d", out);
		write_range(row, "ms", out);
		break;
	case SETTING_BOOL:
		fputs("true or false", out);
		break;
	case SETTING_WORD:
		fprintf(out, "one of: %s", row->words ? row->words : "");
		break;
	case SETTING_FILE:
		fputs("a readable file", out);
		break;
	}
}

static void report(const struct setting *row, const char *value, FILE *err)
{
	fprintf(err, "%s: not ", row->name);
	write_shape(row, err);
	if (!row->secret && row->kind != SETTING_URL) {
		fputs(", but \"", err);
		for (int i = 0; i < SHOWN_CHARS && value[i]; i++)
			fputc(isprint((unsigned char)value[i]) ? value[i] : '?', err);
		fputs(strlen(value) > SHOWN_CHARS ? "...\"" : "\"", err);
	}
	fputs(" (see --help)\n", err);
}

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The whole of a file, without the line end after it; NULL with errno, EFBIG for one that is no secret. */
static char *file_text(const char *path)
{
	char bytes[SECRET_BYTES + 1];
	ssize_t count;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return NULL;
	count = read(fd, bytes, sizeof(bytes));
	close(fd);
	if (count > SECRET_BYTES)
		errno = EFBIG;
	if (count < 0 || count > SECRET_BYTES)
		return NULL;
	while (count > 0 && (bytes[count - 1] == '\n' || bytes[count - 1] == '\r'))
		count--;
	return strndup(bytes, (size_t)count);
}

/* What NAME_FILE leads to, in *out, which the row then keeps; untouched when it is not set. */
static bool secret_from_file(const struct setting *row, char **out, FILE *err)
{
	char name[64];
	const char *path;

	snprintf(name, sizeof(name), "%s_FILE", row->name);
	path = variable(name);
	if (!path)
		return true;
	if (variable(row->name)) {
		fprintf(err, "%s: set as well as %s: which one is it?\n", row->name, name);
		return false;
	}
	*out = file_text(path);
	if (!*out || !**out) {
		fprintf(err, "%s: %s\n", name, *out ? "the file is empty" : strerror(errno));
		free(*out);
		return false;
	}
	return true;
}

static bool load_row(const struct setting *row, FILE *err)
{
	char *secret = NULL;
	const char *value;

	if (row->secret && !secret_from_file(row, &secret, err))
		return false;
	value = secret ? secret : variable(row->name);
	if (!value)
		value = row->fallback;
	if (!value) {
		fprintf(err, "%s: required and not set\n", row->name);
		return false;
	}
	if (!*value) {
		take_empty(row);
		return true;
	}
	if (take(row, value))
		return true;
	report(row, value, err);
	free(secret);
	return false;
}

static struct setting *const *loaded;

bool settings_load(struct setting *const *tables, FILE *err)
{
	bool ok = true;

	loaded = tables;
	for (; *tables; tables++)
		for (const struct setting *row = *tables; row->name; row++)
			if (!load_row(row, err))
				ok = false;
	return ok;
}

/* --- as they are, for people ------------------------------------------------------------ */
static bool is_from_file(const struct setting *row)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_FILE", row->name);
	return row->secret && variable(name);
}

/* Scheme and host: no user, no path, nothing behind a question mark, for any of them may be a secret. NULL when it
 * cannot be told where the host begins, because an @ stands further on. */
static const char *without_secrets(const char *url, char *out, size_t bytes)
{
	const char *begin = strstr(url, "://"), *host, *at;
	size_t len;

	if (!begin)
		return NULL;
	host = begin + 3;
	len = strcspn(host, "/?#");
	at = memrchr(host, '@', len);
	if (strchr(host + len, '@'))
		return NULL;
	if (at) {
		len -= (size_t)(at + 1 - host);
		host = at + 1;
	}
	snprintf(out, bytes, "%.*s%s%.*s", (int)(begin + 3 - url), url, at ? "...@" : "", (int)len, host);
	return out;
}

void settings_walk(void (*each)(const struct setting *row, const char *value, const char *source, void *arg), void *arg)
{
	char shown[512];

	for (struct setting *const *table = loaded; table && *table; table++)
		for (const struct setting *row = *table; row->name; row++) {
			bool from_file = is_from_file(row), from_environment = variable(row->name) != NULL;
			const char *value = from_environment ? variable(row->name) : row->fallback;

			if (row->kind == SETTING_URL)
				value = value && !from_file ? without_secrets(value, shown, sizeof(shown)) : NULL;
			else if (row->secret)
				value = NULL;
			each(row, value && *value ? value : NULL,
			        from_file          ? "file"
			        : from_environment ? "environment"
			                           : "default",
			        arg);
		}
}

static void help_row(const struct setting *row, FILE *out)
{
	fprintf(out, "  %s", row->name);
	if (!row->fallback)
		fputs(" (required)", out);
	else if (*row->fallback)
		fprintf(out, " (default %s)", row->fallback);
	if (row->secret)
		fprintf(out, " (or %s_FILE: a file that holds it)", row->name);
	fprintf(out, "\n      %s\n      ", row->help ? row->help : "");
	write_shape(row, out);
	fputc('\n', out);
}

void settings_help(struct setting *const *tables, FILE *out)
{
	for (; *tables; tables++)
		for (const struct setting *row = *tables; row->name; row++)
			help_row(row, out);
}

void settings_list(struct setting *const *tables, FILE *out)
{
	for (; *tables; tables++)
		for (const struct setting *row = *tables; row->name; row++)
			fprintf(out, "%s\t%s\t%s\t%s\n", row->name, row->fallback ? row->fallback : "",
			        row->fallback ? "optional" : "required", row->help ? row->help : "");
}
