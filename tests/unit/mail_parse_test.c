/* mail_parse_test.c - "guichetctl mail parse", as somebody runs it. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tests/unit/mail_sample.h"

#define MESSAGE                                                                                                        \
	"From: Ann <ann@example.com>\nTo: desk@example.com\nSubject: Printer\nMessage-ID: <m1@example.com>\n"          \
	"Date: Mon, 30 Nov 2026 07:00:00 +0100\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nIt burns.\n--b\n"  \
	"Content-Type: image/png; name=fire.png\nContent-Transfer-Encoding: base64\n\nUE5H\n--b--\n"

static char folder[] = "/tmp/mail_parse_test.XXXXXX";

static void write_message(const char *name, const char *content)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(content, file);
	fclose(file);
}

static int begin(void **state)
{
	char inner[128];

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(inner, sizeof inner, "%s/inner", folder);
	mkdir(inner, 0700);
	write_message("a.eml", MESSAGE);
	write_message("inner/b.eml", "Subject: second\n\nx\n");
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -r %s", folder);
	return system(command);
}

/* What it printed, in a static buffer. */
static const char *run(const char *arguments, int *out_code)
{
	static char printed[65536];
	char command[512];
	FILE *pipe;
	size_t len;

	snprintf(command, sizeof command, "cd %s && %s mail parse %s 2>/dev/null", folder, PROGRAM_UNDER_TEST,
	        arguments);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	len = fread(printed, 1, sizeof printed - 1, pipe);
	printed[len] = '\0';
	*out_code = WEXITSTATUS(pclose(pipe));
	return printed;
}

static const char *member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void a_message_on_standard_input_becomes_one_object(void **state)
{
	static const char *const members[] = { "from", "sender_basis", "to", "cc", "reply_to", "subject", "message_id",
		"references", "date", "text", "html", "visible_text", "folded_text", "attachments", "class",
		"auto_reason", "bounce", "forward", "notes" };
	int code;
	json_t *mail = json_loads(run("< a.eml", &code), 0, NULL);
	const json_t *file = json_array_get(json_object_get(mail, "attachments"), 0);

	(void)state;
	assert_int_equal(code, 0);
	assert_int_equal(json_object_size(mail), sizeof members / sizeof members[0]);
	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
		assert_non_null(json_object_get(mail, members[i]));
	assert_string_equal(member(json_object_get(mail, "from"), "email"), "ann@example.com");
	assert_string_equal(member(mail, "date"), "2026-11-30T06:00:00Z");
	assert_string_equal(member(mail, "text"), "It burns.");
	assert_int_equal(json_object_size(file), 5);
	assert_string_equal(member(file, "sha256"), "796120837694d3f3f29259cfeb25091698c2a0aa87873658d840b4993ee889b3");
	json_decref(mail);
}

static void files_and_folders_become_a_line_each(void **state)
{
	int code, lines = 0;
	const char *printed = run(". a.eml", &code);

	(void)state;
	assert_int_equal(code, 0);
	for (const char *line = printed; *line; line = strchr(line, '\n') + 1, lines++) {
		json_t *mail = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);

		assert_non_null(member(mail, "file"));
		assert_non_null(member(mail, "subject"));
		json_decref(mail);
	}
	assert_int_equal(lines, 3);
}

static void the_sender_of_the_transaction_can_be_given(void **state)
{
	int code;

	(void)state;
	assert_non_null(strstr(run("--envelope-from e@example.com inner/b.eml", &code), "\"email\":\"e@example.com\""));
	assert_int_equal(code, 0);
}

static void what_cannot_be_read_is_said(void **state)
{
	int code;

	(void)state;
	assert_string_equal(run("nothing-there.eml", &code), "");
	assert_int_equal(code, 1);
	run("--no-such-option", &code);
	assert_int_equal(code, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_on_standard_input_becomes_one_object),
		cmocka_unit_test(files_and_folders_become_a_line_each),
		cmocka_unit_test(the_sender_of_the_transaction_can_be_given),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
