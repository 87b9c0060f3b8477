/* mail_sample.h - a message written in a test, read. */
#ifndef TESTS_UNIT_MAIL_SAMPLE_H
#define TESTS_UNIT_MAIL_SAMPLE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "base/mail/mail.h"

#define assert_text(got, wanted) assert_string_equal(text_dup(*state, (got)), (wanted))

/* The state of each test is an arena. */
static inline int sample_begin(void **state)
{
	*state = arena_new(4096);
	return 0;
}

static inline int sample_end(void **state)
{
	arena_free((struct arena **)state);
	return 0;
}

#define sample(text) mail_read(*state, TEXT(text), TEXT_NONE)

/* The n-th attachment; NULL: there are fewer. */
static inline const struct mail_part *sample_attachment(const struct mail *mail, int n)
{
	for (int i = 0; i < mail->part_count; i++)
		if (mail->parts[i].is_attachment && n-- == 0)
			return &mail->parts[i];
	return NULL;
}

static inline int sample_attachments(const struct mail *mail)
{
	int count = 0;

	while (sample_attachment(mail, count))
		count++;
	return count;
}

static inline void sample_append(void *out, const char *bytes, size_t count)
{
	buffer_append(out, bytes, count);
}

static inline struct text sample_bytes(struct arena *arena, const struct mail_part *part)
{
	struct buffer out;

	buffer_init(&out, arena, 64);
	mail_part_write(part, sample_append, &out);
	return text_of(buffer_cstr(&out));
}

static inline bool sample_notes(const struct mail *mail, const char *word)
{
	for (int i = 0; i < mail->note_count; i++)
		if (memmem(mail->notes[i].data, mail->notes[i].len, word, strlen(word)))
			return true;
	return false;
}

#endif
