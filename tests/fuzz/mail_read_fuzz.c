/* mail_read_fuzz.c - any message: it is read, all text is UTF-8 without NUL, and its HTML holds nothing that runs. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include "base/mail/answer.h"
#include "base/mail/mail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool condition)
{
	if (!condition)
		__builtin_trap();
}

static void must_be_text(struct text text)
{
	must(!text.data || text_is_utf8(text, NULL));
}

static void must_hold_together(const struct mail *mail)
{
	for (int i = 0; i < mail->part_count; i++) {
		const struct mail_part *part = &mail->parts[i];

		must(part->parent < i);
		must_be_text(part->name);
		must_be_text(part->type);
		must_be_text(part->text);
		must(!memchr(part->name.data, '/', part->name.len));
	}
	for (int i = 0; i < mail->note_count; i++)
		must_be_text(mail->notes[i]);
	for (int i = 0; i < mail->to.count; i++)
		must(mail->to.items[i].address.len > 0);
}

static void must_not_run(struct text html)
{
	static const char *const running[] = { "<script", "<svg", "<iframe", "<style", "<form", "<base", "<meta" };

	for (size_t i = 0; i < sizeof running / sizeof running[0]; i++)
		must(!html.len || !memmem(html.data, html.len, running[i], strlen(running[i])));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(65536);
	const struct mail *mail = mail_read(arena, (struct text){ (const char *)data, size }, TEXT_NONE);
	struct buffer json;

	buffer_init(&json, arena, 4096);
	answer_write(mail, -1, &json);
	must_be_text(buffer_view(&json));
	must_hold_together(mail);
	must_not_run(mail->html);
	arena_free(&arena);
	return 0;
}
