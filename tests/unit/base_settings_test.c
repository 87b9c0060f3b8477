/* base_settings_test.c - rows read from the environment, and what is said of bad ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/settings.h"

static const char *text, *url, *hex, *file;
static int64_t number, duration, word;
static bool flag;

static struct setting rows[] = {
	{ "T_TEXT", SETTING_TEXT, &text, "plain", .min = 2, .max = 8, .help = "a text" },
	{ "T_URL", SETTING_URL, &url, "", .schemes = "smtp smtps", .help = "a URL" },
	{ "T_INT", SETTING_INT, &number, "2", .min = -1, .max = 16, .help = "a number" },
	{ "T_DURATION", SETTING_DURATION, &duration, "30s", .min = 1000, .max = 60000, .help = "a duration" },
	{ "T_BOOL", SETTING_BOOL, &flag, "no", .help = "a flag" },
	{ "T_WORD", SETTING_WORD, &word, "red", .words = "red green blue", .help = "a word" },
	{ "T_HEX", SETTING_HEX, &hex, "", .min = 4, .max = 4, .secret = true, .help = "a key" },
	{ "T_FILE", SETTING_FILE, &file, "", .help = "a file" },
	{ NULL },
};
static struct setting needed[] = {
	{ "T_NEEDED", SETTING_URL, &url, NULL, .schemes = "postgres", .secret = true, .help = "needed" },
	{ NULL },
};
static char *said;
static size_t said_bytes;

static int setup(void **state)
{
	(void)state;
	for (const struct setting *row = rows; row->name; row++)
		unsetenv(row->name);
	unsetenv("T_NEEDED");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(said);
	said = NULL;
	return 0;
}

static bool load(struct setting *const *tables)
{
	FILE *err;
	bool ok;

	free(said);
	err = open_memstream(&said, &said_bytes);
	ok = settings_load(tables, err);
	fclose(err);
	return ok;
}

static bool load_with(const char *name, const char *value)
{
	bool ok;

	setenv(name, value, 1);
	ok = load((struct setting *const[]){ rows, NULL });
	unsetenv(name);
	return ok;
}

static void falls_back(void **state)
{
	(void)state;
	assert_true(load_with("T_TEXT", ""));
	assert_string_equal(text, "plain");
	assert_string_equal(url, "");
	assert_int_equal(number, 2);
	assert_int_equal(duration, 30000);
	assert_false(flag);
	assert_int_equal(word, 0);
	assert_string_equal(hex, "");
	assert_string_equal(file, "");
	assert_string_equal(said, "");
}

static void takes_good_values(void **state)
{
	static const char *const good[][2] = { { "T_TEXT", "ab" }, { "T_TEXT", "abcdefgh" },
		{ "T_URL", "smtps://u:p@h:465/x" }, { "T_INT", "-1" }, { "T_INT", "16" }, { "T_DURATION", "1000ms" },
		{ "T_DURATION", "1m" }, { "T_DURATION", "60" }, { "T_BOOL", "TRUE" }, { "T_BOOL", "on" },
		{ "T_WORD", "blue" }, { "T_HEX", "00fF" }, { "T_FILE", "/dev/null" } };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!load_with(good[i][0], good[i][1]))
			fail_msg("%s=%s: %s", good[i][0], good[i][1], said);
}

static void refuses_bad_values(void **state)
{
	static const char *const bad[][2] = { { "T_TEXT", "a" }, { "T_TEXT", "abcdefghi" }, { "T_URL", "http://h" },
		{ "T_URL", "smtp://" }, { "T_URL", "smtp" }, { "T_URL", "smtp://a b" }, { "T_INT", "17" },
		{ "T_INT", "-2" }, { "T_INT", "2x" }, { "T_INT", "99999999999999999999" }, { "T_DURATION", "999ms" },
		{ "T_DURATION", "61s" }, { "T_DURATION", "-5s" }, { "T_BOOL", "maybe" }, { "T_WORD", "re" },
		{ "T_WORD", "red green" }, { "T_HEX", "00f" }, { "T_HEX", "00fg" }, { "T_FILE", "/nowhere/at/all" } };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (load_with(bad[i][0], bad[i][1]))
			fail_msg("%s=%s passed", bad[i][0], bad[i][1]);
		assert_int_equal(strncmp(said, bad[i][0], strlen(bad[i][0])), 0);
	}
}

static void names_every_bad_row(void **state)
{
	(void)state;
	setenv("T_INT", "many", 1);
	setenv("T_URL", "http://user:hunter2@h", 1);
	assert_false(load((struct setting *const[]){ rows, needed, NULL }));
	assert_string_equal(said, "T_URL: not a URL of smtp:// smtps:// (see --help)\n"
	                          "T_INT: not a whole number from -1 to 16, but \"many\" (see --help)\n"
	                          "T_NEEDED: required and not set\n");
}

static void never_prints_a_secret(void **state)
{
	(void)state;
	assert_false(load_with("T_HEX", "hunter2"));
	assert_null(strstr(said, "hunter2"));
	setenv("T_NEEDED", "mysql://hunter2@h", 1);
	assert_false(load((struct setting *const[]){ needed, NULL }));
	assert_null(strstr(said, "hunter2"));
}

static void write_file(const char *path, const char *content)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(content, out);
	fclose(out);
}

static void reads_secrets_from_files(void **state)
{
	char path[] = "/tmp/guichet-secret-XXXXXX";

	(void)state;
	close(mkstemp(path));
	write_file(path, "00fF\r\n");
	assert_true(load_with("T_HEX_FILE", path));
	assert_string_equal(hex, "00fF");
	free((void *)hex);

	write_file(path, "hunter2");
	assert_false(load_with("T_HEX_FILE", path));
	assert_string_equal(said, "T_HEX: not hexadecimal of 4 to 4 characters (see --help)\n");
	write_file(path, "\n");
	assert_false(load_with("T_HEX_FILE", path));
	assert_string_equal(said, "T_HEX_FILE: the file is empty\n");
	unlink(path);
	assert_false(load_with("T_HEX_FILE", path));
	assert_string_equal(said, "T_HEX_FILE: No such file or directory\n");
}

static void takes_one_of_secret_and_file(void **state)
{
	(void)state;
	setenv("T_HEX", "00ff", 1);
	assert_false(load_with("T_HEX_FILE", "/dev/null"));
	assert_string_equal(said, "T_HEX: set as well as T_HEX_FILE: which one is it?\n");
	assert_true(load_with("T_HEX_FILE", ""));
	assert_string_equal(hex, "00ff");
}

/* Were any setting to be read from a file, a name that ends so would mean two things. */
static void only_secrets_have_files(void **state)
{
	(void)state;
	assert_true(load_with("T_TEXT_FILE", "/nowhere/at/all"));
	assert_string_equal(text, "plain");
}

static void reads_durations(void **state)
{
	static const char *const bad[] = { "", "s", "1.5s", "-1s", "1 s", "1S", "1w", "106751991168d",
		"9223372036854775807s", "9223372036854775808ms" };
	int64_t ms = 42;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(settings_duration(bad[i], &ms));
	assert_int_equal(ms, 42);
	assert_true(settings_duration("500ms", &ms) && ms == 500);
	assert_true(settings_duration("30s", &ms) && ms == 30000);
	assert_true(settings_duration("30", &ms) && ms == 30000);
	assert_true(settings_duration("15m", &ms) && ms == 900000);
	assert_true(settings_duration("24h", &ms) && ms == 86400000);
	assert_true(settings_duration("7d", &ms) && ms == 604800000);
	assert_true(settings_duration("106751991167d", &ms) && ms > 0);
	assert_true(settings_duration("9223372036854775807ms", &ms) && ms == INT64_MAX);
}

static void lists_for_machines(void **state)
{
	static const char expected[] =
	        "T_NEEDED\t\trequired\tneeded\nT_TEXT\tplain\toptional\ta text\nT_URL\t\toptional\ta URL\n";
	FILE *out = open_memstream(&said, &said_bytes);

	(void)state;
	settings_list((struct setting *const[]){ needed, rows, NULL }, out);
	fclose(out);
	assert_int_equal(strncmp(said, expected, sizeof(expected) - 1), 0);
}

static void show(const struct setting *row, const char *value, const char *source, void *arg)
{
	fprintf(arg, "%s=%s (%s) ", row->name, value ? value : "-", source);
}

static const char *shown_with(const char *given)
{
	static struct setting *const tables[] = { rows, NULL };
	FILE *out;

	setenv("T_URL", given, 1);
	assert_true(settings_load(tables, stderr));
	free(said);
	out = open_memstream(&said, &said_bytes);
	settings_walk(show, out);
	fclose(out);
	unsetenv("T_URL");
	return said;
}

static void shows_what_counts_without_secrets(void **state)
{
	static const struct {
		const char *url, *shown;
	} cases[] = {
		{ "smtp://host:80/path", "T_URL=smtp://host:80 (environment)" },
		{ "smtp://user:geheim@host/geheim?geheim", "T_URL=smtp://...@host (environment)" },
		{ "smtp://user:geheim@geheim@host", "T_URL=smtp://...@host (environment)" },
		{ "smtp://user:geheim/geheim@host", "T_URL=- (environment)" },
		{ "smtp://user:geheim@geheim/geheim@host", "T_URL=- (environment)" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_non_null(strstr(shown_with(cases[i].url), cases[i].shown));
		assert_null(strstr(said, "geheim"));
	}
	assert_non_null(strstr(said, "T_TEXT=plain (default)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ "what is not set, or set to nothing, falls back", falls_back, setup, teardown, NULL },
		{ "good values are taken", takes_good_values, setup, teardown, NULL },
		{ "bad values are refused by the name of their row", refuses_bad_values, setup, teardown, NULL },
		{ "every bad row is named in one go", names_every_bad_row, setup, teardown, NULL },
		{ "a secret is never printed", never_prints_a_secret, setup, teardown, NULL },
		{ "a secret is read from the file that NAME_FILE names", reads_secrets_from_files, setup, teardown,
		        NULL },
		{ "a secret and a file for it at once are refused", takes_one_of_secret_and_file, setup, teardown,
		        NULL },
		{ "what is no secret is not looked for in files", only_secrets_have_files, setup, teardown, NULL },
		{ "durations have units and do not overflow", reads_durations, setup, teardown, NULL },
		{ "what counts is shown with where it comes from, and no secret is", shows_what_counts_without_secrets,
		        setup, teardown, NULL },
		{ "the list for machines has a line a row", lists_for_machines, setup, teardown, NULL },
	};

	return cmocka_run_group_tests_name("base settings", tests, NULL, NULL);
}
