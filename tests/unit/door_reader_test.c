/* What a mail client sends, cut into commands and messages, wherever the bytes are split. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "ingress/mail/reader.h"

#define SENTENCE(title, function)                                                                                      \
	{                                                                                                              \
		title, function, NULL, NULL, NULL                                                                      \
	}

/* What was read, as one text: "<line>" for a command, the bytes of messages as they are, "$" for an end, "!" for what
 * is too long, "X" for what is refused. */
struct said {
	struct reader reader;
	char text[4096];
	size_t len;
};

static void say(struct said *said, const char *what, size_t len)
{
	memcpy(said->text + said->len, what, len);
	said->len += len;
	said->text[said->len] = 0;
}

static void tell(struct said *said, enum reader_event event, struct text piece)
{
	if (event == READER_BYTES)
		say(said, piece.data, piece.len);
	else if (event == READER_END)
		say(said, "$", 1);
	else if (event == READER_LONG)
		say(said, "!", 1);
	else if (event == READER_LINE) {
		say(said, "<", 1);
		say(said, piece.data, piece.len);
		say(said, ">", 1);
		if (piece.len == 4 && !memcmp(piece.data, "DATA", 4))
			reader_expect_message(&said->reader);
	}
}

/* False: what came is refused. */
static bool feed(struct said *said, const char *bytes, size_t len)
{
	struct text in = { bytes, len }, piece;
	enum reader_event event;

	while ((event = reader_next(&said->reader, &in, &piece)) != READER_MORE) {
		if (event == READER_SMUGGLED) { /* of its message nothing counts */
			while (said->len && said->text[said->len - 1] != '>')
				said->len--;
			say(said, "X", 1);
			return false;
		}
		tell(said, event, piece);
	}
	assert_int_equal(in.len, 0);
	return true;
}

/* The same is read however the bytes are split: in two at each byte, and one by one. */
static void assert_reads(const char *bytes, size_t len, const char *wanted)
{
	for (size_t cut = 0; cut <= len; cut++) {
		struct said said = { .len = 0 };

		if (feed(&said, bytes, cut))
			feed(&said, bytes + cut, len - cut);
		assert_string_equal(said.text, wanted);
	}
	for (size_t i = 0, goes_on = 1; i <= len && goes_on; i++) {
		static struct said said;

		if (i == 0)
			memset(&said, 0, sizeof said);
		goes_on = i < len && feed(&said, bytes + i, 1);
		if (!goes_on)
			assert_string_equal(said.text, wanted);
	}
}

#define READS(bytes, wanted) assert_reads(bytes, sizeof(bytes) - 1, wanted)

static void commands_end_with_cr_lf(void **state)
{
	(void)state;
	READS("NOOP\r\nQUIT\r\n", "<NOOP><QUIT>");
	READS("\r\n", "<>");
	READS("LHLO x\r\nDATA\r\nHi\r\n.\r\nNOOP\r\n", "<LHLO x><DATA>Hi\r\n$<NOOP>");
}

static void a_message_ends_with_a_dot_on_a_line_of_its_own(void **state)
{
	(void)state;
	READS("DATA\r\n.\r\n", "<DATA>$");
	READS("DATA\r\na\r\n\r\n.\r\nDATA\r\nb\r\n.\r\n", "<DATA>a\r\n\r\n$<DATA>b\r\n$");
	READS("DATA\r\na.\r\n.b\r\n.\r\n", "<DATA>a.\r\nb\r\n$");
}

static void a_dot_before_a_line_is_taken_away_once(void **state)
{
	(void)state;
	READS("DATA\r\n..\r\n...\r\n..a\r\n.\r\n", "<DATA>.\r\n..\r\n.a\r\n$");
	READS("DATA\r\na..b\r\n..From\r\n.\r\n", "<DATA>a..b\r\n.From\r\n$");
}

static void what_ends_in_another_way_is_refused(void **state)
{
	(void)state;
	READS("NOOP\nQUIT\r\n", "X");
	READS("NOOP\rQUIT\r\n", "X");
	READS("DATA\r\na\nb\r\n.\r\n", "<DATA>X");
	READS("DATA\r\na\rb\r\n.\r\n", "<DATA>X");
}

/* Those of hannob/smtpsmug: whoever takes one of them for an end reads what follows as a message of its own. */
static void no_message_is_smuggled_in(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} endings[] = {
#define ENDING(bytes) { bytes, sizeof(bytes) - 1 }
		ENDING("\n.\n"), ENDING("\r.\r"), ENDING("\r.\n"), ENDING("\n.\r"), ENDING("\n.\r\n"),
		ENDING("\r\n.\n"), ENDING("\r.\r\n"), ENDING("\r\n.\r"), ENDING("\r\n\0.\r\n"), ENDING("\r\n.\0\r\n")
	};

	(void)state;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		char bytes[200];
		size_t len = 0;

#define PUT(part, part_len)                                                                                            \
	do {                                                                                                           \
		memcpy(bytes + len, part, part_len);                                                                   \
		len += part_len;                                                                                       \
	} while (0)
		PUT("DATA\r\none", 9);
		PUT(endings[i].bytes, endings[i].len);
		PUT("MAIL FROM:<x@y>\r\nDATA\r\ntwo\r\n.\r\n", 32);
		for (size_t cut = 0; cut <= len; cut++) {
			struct said said = { .len = 0 };

			assert_false(feed(&said, bytes, cut) && feed(&said, bytes + cut, len - cut));
			assert_null(memmem(said.text, said.len, "<MAIL", 5));
			assert_null(memchr(said.text, '$', said.len));
		}
	}
}

static void a_nul_within_a_line_is_kept(void **state)
{
	static const char bytes[] = "DATA\r\na\0b\r\n.\0a\r\n.\r\n";
	struct said said = { .len = 0 };

	(void)state;
	assert_true(feed(&said, bytes, sizeof bytes - 1));
	assert_int_equal(said.len, 6 + 5 + 4 + 1);
	assert_memory_equal(said.text, "<DATA>a\0b\r\n\0a\r\n$", said.len);
}

static void a_long_command_is_passed_over(void **state)
{
	char bytes[READER_LINE_MOST + 20];

	(void)state;
	memset(bytes, 'a', sizeof bytes);
	memcpy(bytes + READER_LINE_MOST - 2, "\r\nNOOP\r\n", 8);
	for (size_t cut = 0; cut < READER_LINE_MOST + 6; cut += 7) {
		struct said said = { .len = 0 };

		assert_true(feed(&said, bytes, cut) && feed(&said, bytes + cut, READER_LINE_MOST + 6 - cut));
		assert_int_equal(said.len, READER_LINE_MOST - 2 + 2 + 6);
	}
	bytes[READER_LINE_MOST - 2] = 'a';
	memcpy(bytes + READER_LINE_MOST - 1, "\r\nNOOP\r\n", 8);
	assert_reads(bytes, READER_LINE_MOST + 7, "!<NOOP>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SENTENCE("a command ends with CR LF", commands_end_with_cr_lf),
		SENTENCE("a message ends with a dot on a line of its own",
		        a_message_ends_with_a_dot_on_a_line_of_its_own),
		SENTENCE("a dot before a line is taken away once", a_dot_before_a_line_is_taken_away_once),
		SENTENCE("a line that ends in another way is refused", what_ends_in_another_way_is_refused),
		SENTENCE("no message is smuggled in by another ending", no_message_is_smuggled_in),
		SENTENCE("a NUL within a line is kept", a_nul_within_a_line_is_kept),
		SENTENCE("a command that is too long is passed over", a_long_command_is_passed_over),
	};

	return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
