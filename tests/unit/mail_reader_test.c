/* mail_reader_test.c - guichetmail, as its reader sees it: warm, bounded, replaced when a message has ended it. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "tests/unit/mail_sample.h"
#include "base/log.h"
#include "base/mail_reader.h"

static struct setting *const tables[] = { mail_reader_settings, NULL };

struct bench {
	struct arena *arena;
	struct mail_reader *reader;
	int parts, pumped;
};

static int begin(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);

	bench->arena = arena_new(65536);
	bench->reader = mail_reader_open();
	bench->parts = memfd_create("parts", MFD_CLOEXEC);
	*state = bench;
	return 0;
}

static int end(void **state)
{
	struct bench *bench = *state;

	mail_reader_close(&bench->reader);
	arena_free(&bench->arena);
	close(bench->parts);
	free(bench);
	return 0;
}

static void pump(void *arg)
{
	struct bench *bench = arg;

	bench->pumped++;
}

static enum mail_reading ask(struct bench *bench, struct text raw, struct text envelope_from, struct text *out)
{
	int message = memfd_create("message", MFD_CLOEXEC);
	enum mail_reading reading;

	assert_int_equal(write(message, raw.data, raw.len), raw.len);
	reading = mail_reader_ask(bench->reader, message, bench->parts, envelope_from, bench->arena, pump, bench, out);
	close(message);
	return reading;
}

static bool says(const struct bench *bench, struct text json, const char *what)
{
	return strstr(text_dup(bench->arena, json), what) != NULL;
}

static void reads_one_message_after_another(void **state)
{
	struct bench *bench = *state;
	struct text json;

	for (int i = 0; i < 50; i++) {
		assert_int_equal(ask(bench, TEXT("Subject: Bonjour\n\nhi\n"), TEXT_NONE, &json), MAIL_READ);
		assert_true(says(bench, json, "\"subject\":\"Bonjour\""));
	}
	assert_int_equal(ask(bench, TEXT(""), TEXT_NONE, &json), MAIL_READ);
	assert_int_equal(ask(bench, TEXT("Subject: x\n\n"), TEXT("e@example.com"), &json), MAIL_READ);
	assert_true(says(bench, json, "e@example.com"));
}

static void bytes_of_attachments_lie_one_behind_the_other(void **state)
{
	struct bench *bench = *state;
	struct text json;
	char bytes[16] = { 0 };

	assert_int_equal(
	        ask(bench,
	                TEXT("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n"
	                     "Content-Transfer-Encoding: base64\n\nUE5H\n--b\nContent-Type: image/gif\n\nGIF\n--b--\n"),
	                TEXT_NONE, &json),
	        MAIL_READ);
	assert_int_equal(pread(bench->parts, bytes, sizeof bytes, 0), 6);
	assert_string_equal(bytes, "PNGGIF");
	assert_true(says(bench, json, "\"offset\":3"));
	assert_int_equal(ask(bench, TEXT("Subject: none\n\n"), TEXT_NONE, &json), MAIL_READ);
	assert_int_equal(lseek(bench->parts, 0, SEEK_END), 0);
}

/* The message, then one that is harmless. */
static void is_killed_and_the_next_is_read(struct bench *bench, int message)
{
	struct text json;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(mail_reader_ask(bench->reader, message, bench->parts, TEXT_NONE, bench->arena, pump,
		                         bench, &json),
		        MAIL_READ_KILLED);
		assert_int_equal(ask(bench, TEXT("Subject: after\n\n"), TEXT_NONE, &json), MAIL_READ);
		assert_true(says(bench, json, "after"));
	}
	close(message);
}

static void a_message_that_wants_too_much_memory_is_told(void **state)
{
	int larger_than_all = memfd_create("message", MFD_CLOEXEC),
	    must_be_copied = memfd_create("message", MFD_CLOEXEC);

	assert_int_equal(ftruncate(larger_than_all, 1LL << 46), 0);
	is_killed_and_the_next_is_read(*state, larger_than_all);
#ifndef __SANITIZE_ADDRESS__ /* under which memory has no bound */
	assert_int_equal(write(must_be_copied, "Subject: x\r\r", 12), 12);
	assert_int_equal(ftruncate(must_be_copied, 300 << 20), 0);
	is_killed_and_the_next_is_read(*state, must_be_copied);
#else
	close(must_be_copied);
#endif
}

/* Parts whose headers are nothing but beginnings of words that never end. */
static int slow_message(struct arena *arena)
{
	int message = memfd_create("message", MFD_CLOEXEC);
	struct buffer header;

	buffer_init(&header, arena, 300000);
	buffer_string(&header, "--b\nX: ");
	for (int i = 0; i < 40000; i++)
		buffer_string(&header, "=?a?q?");
	buffer_string(&header, "\n\nx\n");
	assert_int_equal(write(message, "Content-Type: multipart/mixed; boundary=b\n\n", 43), 43);
	for (int i = 0; i < 300; i++)
		assert_int_equal(write(message, header.data, header.len), header.len);
	return message;
}

static void a_message_that_takes_too_long_is_told(void **state)
{
	struct bench *bench = *state;

	is_killed_and_the_next_is_read(bench, slow_message(bench->arena));
	assert_true(bench->pumped > 0);
}

static void a_program_that_is_not_there_is_not_the_message_s_fault(void **state)
{
	struct bench *bench = *state;
	struct text json;

	setenv("MAIL_PROGRAM", "/nonexistent/guichetmail", 1);
	assert_true(settings_load(tables, stderr));
	assert_int_equal(ask(bench, TEXT("Subject: x\n\n"), TEXT_NONE, &json), MAIL_READ_NOT_NOW);
	setenv("MAIL_PROGRAM", PROGRAM_UNDER_TEST, 1);
	assert_true(settings_load(tables, stderr));
	assert_int_equal(ask(bench, TEXT("Subject: x\n\n"), TEXT_NONE, &json), MAIL_READ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_one_message_after_another, begin, end),
		cmocka_unit_test_setup_teardown(bytes_of_attachments_lie_one_behind_the_other, begin, end),
		cmocka_unit_test_setup_teardown(a_message_that_wants_too_much_memory_is_told, begin, end),
		cmocka_unit_test_setup_teardown(a_message_that_takes_too_long_is_told, begin, end),
		cmocka_unit_test_setup_teardown(a_program_that_is_not_there_is_not_the_message_s_fault, begin, end),
	};

	setenv("MAIL_PROGRAM", PROGRAM_UNDER_TEST, 1);
	setenv("MAIL_READ_SECONDS", "1", 1);
	if (!settings_load(tables, stderr))
		return EXIT_FAILURE;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
