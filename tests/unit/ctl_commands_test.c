/* ctl_commands_test.c - the table of commands, how they are read, and small things they share. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/password.h"
#include "ops/guichetctl/commands.h"
#include "ops/guichetctl/secrets.h"

static const struct option_row options[] = {
	{ "email", OPTION_TEXT, "E", .required = true, .help = "" },
	{ "limit", OPTION_NUMBER, "N", .help = "" },
	{ "role", OPTION_WORD, "R", "user agent", .help = "" },
	{ "all", OPTION_FLAG, .help = "" },
	{ "set", OPTION_TEXTS, "F=V", .help = "" },
	{ 0 },
};
static const struct command_row plain = { .group = "x", .options = options };
static const struct command_row with_ids = { .group = "x", .operands = "ID...", .options = options };

/* Reads words, with blanks between. */
static bool read_words(struct ctl *ctl, const struct command_row *command, struct arena *arena, const char *words)
{
	char *line = arena_printf(arena, "%s", words), *argv[16], *rest = NULL;
	int argc = 0;

	for (char *word = strtok_r(line, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	*ctl = (struct ctl){ .command = command, .arena = arena };
	return options_read(ctl, argc, argv);
}

static void options_are_read(void **state)
{
	struct arena *arena = arena_new(1024);
	struct ctl ctl;

	(void)state;
	assert_true(read_words(&ctl, &plain, arena, "--email a --limit=7 --role agent --all --json"));
	assert_string_equal(option_text(&ctl, "email"), "a");
	assert_int_equal(option_number(&ctl, "limit", 1), 7);
	assert_true(option_flag(&ctl, "all"));
	assert_true(ctl.json);
	assert_true(read_words(&ctl, &plain, arena, "--email --all"));
	assert_string_equal(option_text(&ctl, "email"), "--all");
	assert_int_equal(option_number(&ctl, "limit", 1), 1);
	assert_false(option_flag(&ctl, "all"));
	assert_true(read_words(&ctl, &plain, arena, "--email a --set a=1 --set=b=2"));
	assert_int_equal(ctl.many_count, 2);
	assert_string_equal(ctl.many[1], "b=2");
	assert_true(read_words(&ctl, &with_ids, arena, "one --email a -- --two"));
	assert_int_equal(ctl.operand_count, 2);
	assert_string_equal(ctl.operands[1], "--two");
	arena_free(&arena);
}

static void what_was_not_meant_is_refused(void **state)
{
	static const char *const bad[] = { "", "--email", "--email a b", "--email a -x", "--email a --limit x",
		"--email a --limit -1", "--email a --role boss", "--email a --role", "--email a --all=1",
		"--email a --frob", "--emai a", "--limit=7" };
	struct arena *arena = arena_new(1024);
	struct ctl ctl;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(read_words(&ctl, &plain, arena, bad[i]));
	arena_free(&arena);
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 256 * 1024);

	assert_non_null(file);
	assert_true(fread(text, 1, 256 * 1024 - 1, file) > 0);
	fclose(file);
	return text;
}

static void every_command_is_whole_and_documented(void **state)
{
	char *docs = read_file("docs/guichetctl.md"), words[64];

	(void)state;
	for (int i = 0; command_rows[i]; i++)
		for (const struct command_row *row = command_rows[i]; row->group; row++) {
			int count = 0;

			assert_non_null(row->about);
			assert_non_null(row->settings);
			assert_non_null(row->run);
			snprintf(words, sizeof words, "`guichetctl %s%s%s", row->group, row->verb ? " " : "",
			        row->verb ? row->verb : "");
			if (!strstr(docs, words))
				fail_msg("docs/guichetctl.md does not know %s", words);
			for (const struct option_row *o = row->options; o && o->name; o++, count++) {
				snprintf(words, sizeof words, "--%s", o->name);
				if (!strstr(docs, words))
					fail_msg("docs/guichetctl.md does not know %s", words);
			}
			assert_true(count <= OPTIONS_MAX);
		}
	free(docs);
}

static void a_password_is_found_by_its_program(void **state)
{
	struct text file = TEXT("mail:a\n\n relay:b:c \r\nticket:\nrel:d");

	(void)state;
	assert_true(text_equal(secrets_find(file, "mail"), TEXT("a")));
	assert_true(text_equal(secrets_find(file, "relay"), TEXT("b:c")));
	assert_true(text_equal(secrets_find(file, "rel"), TEXT("d")));
	assert_null(secrets_find(file, "ticket").data);
	assert_null(secrets_find(file, "audit").data);
	assert_null(secrets_find(TEXT(""), "audit").data);
}

static void a_password_is_known_by_its_hash_alone(void **state)
{
	char first[PASSWORD_HASH_BYTES], second[PASSWORD_HASH_BYTES];

	(void)state;
	password_hash(TEXT("correct horse"), first);
	password_hash(TEXT("correct horse"), second);
	assert_string_not_equal(first, second);
	assert_memory_equal(first, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
	assert_true(password_verify(first, TEXT("correct horse")));
	assert_false(password_verify(first, TEXT("correct horsf")));
	assert_false(password_verify("no hash", TEXT("correct horse")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(what_was_not_meant_is_refused),
		cmocka_unit_test(every_command_is_whole_and_documented),
		cmocka_unit_test(a_password_is_found_by_its_program),
		cmocka_unit_test(a_password_is_known_by_its_hash_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
